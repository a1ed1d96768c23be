INSERT INTO godwit_move_origins (origin, failing) VALUES (?1, ?2)
ON CONFLICT (origin) DO UPDATE SET
	failing = coalesce(failing, excluded.failing),
	outage_from = CASE WHEN excluded.failing - failing > ?3 THEN failing ELSE outage_from END,
	outage_to = CASE WHEN excluded.failing - failing > ?3 THEN NULL ELSE outage_to END
WHERE last_reached IS NULL OR last_reached <= excluded.failing
