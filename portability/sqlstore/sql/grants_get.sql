SELECT version, body FROM godwit_copy_grants WHERE id = ?1
