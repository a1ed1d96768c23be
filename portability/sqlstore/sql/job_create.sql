INSERT INTO godwit_copy_jobs (id, account, state, stage, version, body) VALUES (?1, ?2, ?3, ?4, 1, ?5)
ON CONFLICT (id) DO NOTHING
