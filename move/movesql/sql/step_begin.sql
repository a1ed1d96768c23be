UPDATE godwit_move_steps
SET state = ?2, due = ?3, since = ?4, attempts = ?5, status = ?6, reason = ?7, leased = NULL, version = version + 1
WHERE case_no = (SELECT no FROM godwit_move_cases WHERE id = ?1) AND party = ''
