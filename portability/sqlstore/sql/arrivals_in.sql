SELECT version, body FROM godwit_copy_arrivals WHERE state = ?3 AND id > ?1 ORDER BY id LIMIT ?2
