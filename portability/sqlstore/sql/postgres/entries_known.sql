-- OFFSET 0 has each key looked up on its own: joined otherwise, all of the job is read
-- for every page until the table's statistics say better.
SELECT e.at, e.kind, e.id, e.stage, e.state, e.intended, e.reason, e.new_id, e.urls,
	e.audience, e.parent, e.published, e.digest, e.rank, e.run, e.size, e.odd, e.put, e.was
FROM json_array_elements_text(CAST(?2 AS json)) AS asked (value)
	CROSS JOIN LATERAL (
		SELECT * FROM godwit_copy_entries AS one
		WHERE one.job_no = ?1 AND one.id = asked.value
		OFFSET 0
	) AS e
