SELECT e.at, p.at, e.published
FROM godwit_copy_entries AS e
	LEFT JOIN godwit_copy_entries AS p
	ON e.parent <> '' AND p.job_no = e.job_no AND p.id = e.parent AND p.kind = 'content' AND p.stage = 'content'
WHERE e.stage = 'content' AND e.at > ?1 AND e.at < ?2
ORDER BY e.at LIMIT ?3
