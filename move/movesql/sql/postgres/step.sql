SELECT
	?1, party, side, host, state, due, attempts, status, reason, from_id, cursor, since, version
FROM godwit_move_steps
WHERE case_no = (SELECT no FROM godwit_move_cases WHERE id = ?1) AND left(party, 300) = left(?2, 300) AND party = ?2
