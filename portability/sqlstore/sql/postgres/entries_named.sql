-- OFFSET 0 as in entries_known.
SELECT e.at, e.kind, e.id, e.stage, e.state, e.intended, e.reason, e.new_id, e.urls,
	e.audience, e.parent, e.published, e.digest, e.rank, e.run, e.size, e.odd, e.put, e.was, n.old
FROM json_array_elements_text(CAST(?2 AS json)) AS asked (value)
	CROSS JOIN LATERAL (
		SELECT * FROM godwit_copy_names AS one
		WHERE one.job_no = ?1 AND one.old = asked.value
		OFFSET 0
	) AS n
	CROSS JOIN LATERAL (
		SELECT * FROM godwit_copy_entries AS one
		WHERE one.job_no = ?1 AND one.id = coalesce(n.id, n.old) AND one.kind = n.kind
		OFFSET 0
	) AS e
