INSERT INTO godwit_move_origins AS known (origin, last_reached) VALUES (?1, ?2)
ON CONFLICT (origin) DO UPDATE SET
	last_reached = excluded.last_reached,
	failing = NULL,
	outage_from = CASE WHEN excluded.last_reached - known.failing > ?3 THEN known.failing ELSE known.outage_from END,
	outage_to = CASE WHEN excluded.last_reached - known.failing > ?3 THEN excluded.last_reached ELSE known.outage_to END
WHERE known.last_reached IS NULL OR known.last_reached <= excluded.last_reached
