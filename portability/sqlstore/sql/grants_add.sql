INSERT INTO godwit_copy_grants (id, owner, version, body) VALUES (?1, ?2, 1, ?3)
ON CONFLICT (id) DO NOTHING
