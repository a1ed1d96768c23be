SELECT no, version, body FROM godwit_copy_jobs WHERE id > ?1 ORDER BY id LIMIT ?2
