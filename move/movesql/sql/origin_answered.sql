INSERT INTO godwit_move_origins (origin, last_reached) VALUES (?1, ?2)
ON CONFLICT (origin) DO UPDATE SET
	last_reached = excluded.last_reached,
	failing = NULL,
	outage_from = CASE WHEN excluded.last_reached - failing > ?3 THEN failing ELSE outage_from END,
	outage_to = CASE WHEN excluded.last_reached - failing > ?3 THEN excluded.last_reached ELSE outage_to END
WHERE last_reached IS NULL OR last_reached <= excluded.last_reached
