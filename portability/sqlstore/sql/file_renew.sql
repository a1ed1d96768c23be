UPDATE godwit_copy_files SET leased = ?4
WHERE job_no = ?1 AND place = ?2 AND worker = ?3 AND state = ''
