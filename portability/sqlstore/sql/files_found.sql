SELECT no, medium, state, reason, url, digest, bytes, tries, due
FROM json_each(?2) AS asked CROSS JOIN godwit_copy_files
WHERE job_no = ?1 AND place = asked.value
