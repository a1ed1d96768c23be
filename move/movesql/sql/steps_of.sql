SELECT
	c.id, s.party, s.side, s.host, s.state, s.due, s.attempts, s.status, s.reason, s.from_id, s.cursor, s.since,
	s.version
FROM godwit_move_steps AS s JOIN godwit_move_cases AS c ON c.no = s.case_no
WHERE s.party = ?2 AND s.party <> '' AND s.side = ?1
ORDER BY c.opened NULLS FIRST, c.id
