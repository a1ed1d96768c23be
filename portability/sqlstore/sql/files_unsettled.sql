SELECT count(*), min(CASE WHEN due > leased THEN due ELSE leased END)
FROM godwit_copy_files WHERE job_no = ?1 AND state = ''
