SELECT old FROM godwit_copy_names WHERE job_no = ?1 AND old > ?2 AND old < ?3 ORDER BY old LIMIT ?4
