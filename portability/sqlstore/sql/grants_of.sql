SELECT version, body FROM godwit_copy_grants WHERE owner = ?1 AND id > ?2 ORDER BY id LIMIT ?3
