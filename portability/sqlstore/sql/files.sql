SELECT at, medium, state, reason, url, digest, bytes, tries, due FROM godwit_copy_files WHERE at > ?1 AND at < ?2 ORDER BY at LIMIT ?3
