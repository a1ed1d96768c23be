SELECT version, body FROM godwit_copy_arrivals WHERE untold = 1 AND id > ?1 ORDER BY id LIMIT ?2
