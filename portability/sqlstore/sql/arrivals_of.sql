SELECT version, body FROM godwit_copy_arrivals WHERE old = ?3 AND id > ?1 ORDER BY id LIMIT ?2
