SELECT min(at) FROM (
	SELECT min(due) AS at FROM godwit_move_steps
	WHERE side = ?1 AND due IS NOT NULL AND leased IS NULL
	UNION ALL
	SELECT min(leased) FROM godwit_move_steps WHERE side = ?1 AND leased IS NOT NULL
) AS times
