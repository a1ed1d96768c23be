INSERT INTO godwit_move_steps (
	case_no, party, side, host, state, due, attempts, status, reason, from_id, cursor, since, version
)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 1)
ON CONFLICT (case_no, left(party, 300), hashtextextended(party, 0)) DO NOTHING
