-- ?3 is what the keys of odd ids begin with, of which the entry has the exact ones.
SELECT n.old, n.kind, n.id,
	CASE WHEN substr(coalesce(n.id, n.old), 1, 1) = ?3 THEN (
		SELECT e.odd FROM godwit_copy_entries AS e
		WHERE e.job_no = n.job_no AND e.id = coalesce(n.id, n.old) AND e.kind = n.kind
	) END
FROM json_each(?2) AS asked CROSS JOIN godwit_copy_names AS n
WHERE n.job_no = ?1 AND n.old = asked.value
