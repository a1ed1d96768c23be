UPDATE godwit_copy_policy SET version = version + 1, body = ?2 WHERE no = 1 AND version = ?1
