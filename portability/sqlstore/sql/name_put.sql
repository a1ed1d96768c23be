INSERT INTO godwit_copy_names (job_no, old, kind, id) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (job_no, old) DO UPDATE SET kind = excluded.kind, id = excluded.id
