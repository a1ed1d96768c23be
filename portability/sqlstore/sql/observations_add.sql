INSERT INTO godwit_copy_observations (old, version, body) VALUES (?1, 1, ?2)
ON CONFLICT (old) DO NOTHING
