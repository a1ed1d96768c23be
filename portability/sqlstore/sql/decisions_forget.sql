DELETE FROM godwit_copy_decisions WHERE person = ?1
