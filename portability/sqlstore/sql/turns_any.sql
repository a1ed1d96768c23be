SELECT 1 FROM godwit_copy_turns WHERE job_no = ?1 LIMIT 1
