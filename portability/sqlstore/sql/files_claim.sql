UPDATE godwit_copy_files SET worker = ?2, leased = ?4
WHERE seq IN (
	SELECT seq FROM godwit_copy_files
	WHERE job_no = ?1 AND state = '' AND (due <= ?3 OR due > ?6) AND (leased <= ?3 OR leased > ?6)
	ORDER BY due, no LIMIT ?5
)
RETURNING no, medium, state, reason, url, digest, bytes, tries, due
