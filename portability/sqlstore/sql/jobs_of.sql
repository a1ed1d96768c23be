SELECT no, version, body FROM godwit_copy_jobs WHERE account = ?3 AND id > ?1 ORDER BY id LIMIT ?2
