INSERT INTO godwit_copy_policy (no, version, body) VALUES (1, 1, ?1)
ON CONFLICT (no) DO NOTHING
