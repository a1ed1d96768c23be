SELECT e.at, e.kind, e.id, e.stage, e.state, e.intended, e.reason, e.new_id, e.urls,
	e.audience, e.parent, e.published, e.digest, e.rank, e.run, e.size, e.odd, e.put, e.was
FROM json_each(?2) AS asked CROSS JOIN godwit_copy_entries AS e
WHERE e.job_no = ?1 AND e.id = asked.value
