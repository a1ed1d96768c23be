SELECT no, version, body FROM godwit_copy_jobs WHERE state IN ('running', 'undoing') AND id > ?1 ORDER BY id LIMIT ?2
