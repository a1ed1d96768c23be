SELECT e.at,
	CASE WHEN e.parent <> '' THEN (
		SELECT p.at FROM godwit_copy_entries AS p
		WHERE p.job_no = e.job_no AND p.id = e.parent AND p.kind = 'content' AND p.stage = 'content'
	) END,
	e.published
FROM godwit_copy_entries AS e
WHERE e.stage = 'content' AND e.at > ?1 AND e.at < ?2
ORDER BY e.at LIMIT ?3
