INSERT INTO godwit_copy_files (
	job_no, no, place, medium, state, reason, url, digest, bytes, tries, due, worker, leased
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, '', -62135596800000000)
ON CONFLICT (job_no, place) DO NOTHING
