-- Skips from host to host, so that what is due at one is not read to its end.
WITH RECURSIVE hosts (host) AS (
	SELECT min(host) FROM godwit_move_steps
	WHERE side = ?1 AND due IS NOT NULL AND leased IS NULL
	UNION ALL
	SELECT (
		SELECT min(s.host) FROM godwit_move_steps AS s
		WHERE s.side = ?1 AND s.due IS NOT NULL AND s.leased IS NULL AND s.host > hosts.host
	)
	FROM hosts WHERE hosts.host IS NOT NULL
)
SELECT step.no, step.host
FROM hosts CROSS JOIN godwit_move_steps AS step
WHERE step.no IN (
	SELECT s.no FROM godwit_move_steps AS s
	WHERE s.side = ?1 AND s.host = hosts.host AND s.due <= ?2 AND s.leased IS NULL
	ORDER BY s.due, s.no LIMIT ?4
)
ORDER BY step.due, step.no LIMIT ?3
