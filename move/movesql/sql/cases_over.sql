SELECT c.no FROM godwit_move_cases AS c
WHERE c.begun IS NULL AND c.opened < ?1 AND NOT EXISTS (
	SELECT 1 FROM godwit_move_steps AS own
	WHERE own.case_no = c.no
		AND (own.party <> '' OR own.due IS NOT NULL OR own.since IS NULL OR own.since >= ?1 OR own.state = 'requested')
)
ORDER BY c.opened LIMIT ?2
