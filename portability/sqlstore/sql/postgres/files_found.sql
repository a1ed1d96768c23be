-- OFFSET 0 as in entries_known.
SELECT f.no, f.medium, f.state, f.reason, f.url, f.digest, f.bytes, f.tries, f.due
FROM json_array_elements_text(CAST(?2 AS json)) AS asked (value)
	CROSS JOIN LATERAL (
		SELECT * FROM godwit_copy_files AS one
		WHERE one.job_no = ?1 AND one.place = asked.value
		OFFSET 0
	) AS f
