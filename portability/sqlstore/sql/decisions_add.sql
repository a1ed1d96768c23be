INSERT INTO godwit_copy_decisions (id, person, body) VALUES (?1, ?2, ?3)
ON CONFLICT (id) DO NOTHING
