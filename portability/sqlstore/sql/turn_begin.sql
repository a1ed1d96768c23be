INSERT INTO godwit_copy_turns (at, job_no, rank) VALUES (?1, ?2, ?3)
ON CONFLICT (at) DO NOTHING
