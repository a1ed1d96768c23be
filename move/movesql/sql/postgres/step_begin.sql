-- Adds the own step of a case that was just added, or moves that of one that
-- was opened.
INSERT INTO godwit_move_steps (
	case_no, party, side, host, state, due, attempts, status, reason, from_id, cursor, since, version
)
VALUES (
	(SELECT no FROM godwit_move_cases WHERE id = ?1),
	?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 1
)
ON CONFLICT (case_no, left(party, 300), hashtextextended(party, 0)) DO UPDATE SET
	state = excluded.state, due = excluded.due, since = excluded.since, attempts = excluded.attempts,
	status = excluded.status, reason = excluded.reason, leased = NULL, version = godwit_move_steps.version + 1
RETURNING
	?1, party, side, host, state, due, attempts, status, reason, from_id, cursor, since, version
