SELECT no, medium, state, reason, url, digest, bytes, tries, due FROM godwit_copy_files WHERE job_no = ?1 AND no > ?2 ORDER BY no LIMIT ?3
