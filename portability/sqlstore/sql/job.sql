SELECT no, version, body FROM godwit_copy_jobs WHERE id = ?1
