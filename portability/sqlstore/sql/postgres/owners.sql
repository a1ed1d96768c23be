-- ?3 is what the keys of odd ids begin with, of which the entry has the exact ones.
-- OFFSET 0 as in entries_known.
SELECT n.old, n.kind, n.id,
	CASE WHEN substr(coalesce(n.id, n.old), 1, 1) = ?3 THEN (
		SELECT e.odd FROM godwit_copy_entries AS e
		WHERE e.job_no = n.job_no AND e.id = coalesce(n.id, n.old) AND e.kind = n.kind
	) END
FROM json_array_elements_text(CAST(?2 AS json)) AS asked (value)
	CROSS JOIN LATERAL (
		SELECT * FROM godwit_copy_names AS one
		WHERE one.job_no = ?1 AND one.old = asked.value
		OFFSET 0
	) AS n
