UPDATE godwit_copy_grants SET owner = ?3, version = version + 1, body = ?4
WHERE id = ?1 AND version = ?2
