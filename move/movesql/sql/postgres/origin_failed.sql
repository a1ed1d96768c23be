INSERT INTO godwit_move_origins AS known (origin, failing) VALUES (?1, ?2)
ON CONFLICT (left(origin, 300), hashtextextended(origin, 0)) DO UPDATE SET
	failing = coalesce(known.failing, excluded.failing),
	outage_from = CASE WHEN excluded.failing - known.failing > ?3 THEN known.failing ELSE known.outage_from END,
	outage_to = CASE WHEN excluded.failing - known.failing > ?3 THEN NULL ELSE known.outage_to END
WHERE known.last_reached IS NULL OR known.last_reached <= excluded.failing
