UPDATE godwit_copy_files
SET medium = ?4, state = ?5, reason = ?6, url = ?7, digest = ?8, bytes = ?9, tries = ?10, due = ?11,
	worker = '', leased = -62135596800000000
WHERE job_no = ?1 AND place = ?2 AND state = '' AND (worker = ?3 OR ?5 = 'copied')
