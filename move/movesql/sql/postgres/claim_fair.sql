-- Skips from host to host, so that what is due at one is not read to its end: by
-- the first of the rest in order, as for min() all are read until the table's
-- statistics say better.
WITH RECURSIVE hosts (host) AS (
	(
		SELECT left(host, 300) FROM godwit_move_steps
		WHERE side = ?1 AND due IS NOT NULL AND leased IS NULL
		ORDER BY left(host, 300) LIMIT 1
	)
	UNION ALL
	SELECT (
		SELECT left(s.host, 300) FROM godwit_move_steps AS s
		WHERE s.side = ?1 AND s.due IS NOT NULL AND s.leased IS NULL AND left(s.host, 300) > hosts.host
		ORDER BY left(s.host, 300) LIMIT 1
	)
	FROM hosts WHERE hosts.host IS NOT NULL
)
SELECT step.no, step.host
FROM hosts CROSS JOIN LATERAL (
	SELECT s.no, s.host, s.due FROM godwit_move_steps AS s
	WHERE s.side = ?1 AND left(s.host, 300) = hosts.host AND s.due <= ?2 AND s.leased IS NULL
	ORDER BY s.due, s.no LIMIT ?4
) AS step
ORDER BY step.due, step.no LIMIT ?3
