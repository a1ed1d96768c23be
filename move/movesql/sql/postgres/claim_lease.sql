UPDATE godwit_move_steps SET leased = ?2, version = version + 1
WHERE no = ANY (CAST(translate(?1, '[]', '{}') AS bigint[]))
RETURNING
	(SELECT c.id FROM godwit_move_cases AS c WHERE c.no = case_no),
	party, side, host, state, due, attempts, status, reason, from_id, cursor, since, version, no
