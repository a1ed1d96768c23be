SELECT no, medium, state, reason, url, digest, bytes, tries, due
FROM json_array_elements_text(CAST(?2 AS json)) AS asked (value)
	CROSS JOIN godwit_copy_files
WHERE job_no = ?1 AND place = asked.value
