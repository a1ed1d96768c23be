UPDATE godwit_move_steps
SET host = ?4, state = ?5, due = ?6, attempts = ?7, status = ?8, reason = ?9, from_id = ?10, cursor = ?11,
	since = ?12, leased = NULL, version = version + 1
WHERE case_no = (SELECT no FROM godwit_move_cases WHERE id = ?1) AND left(party, 300) = left(?2, 300) AND party = ?2 AND version = ?3
