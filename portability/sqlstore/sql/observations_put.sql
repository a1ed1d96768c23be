UPDATE godwit_copy_observations SET version = version + 1, body = ?3
WHERE old = ?1 AND version = ?2
