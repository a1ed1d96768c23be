UPDATE godwit_copy_jobs SET account = ?3, state = ?4, stage = ?5, body = ?6, version = version + 1
WHERE id = ?1 AND version = ?2
RETURNING no
