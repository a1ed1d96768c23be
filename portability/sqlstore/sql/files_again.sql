-- ?2 is a list of states with a comma before and behind each.
UPDATE godwit_copy_files
SET state = '', reason = '', url = '', digest = '', bytes = 0, tries = 0, due = -62135596800000000,
	worker = '', leased = -62135596800000000
WHERE job_no = ?1 AND state <> '' AND ?2 LIKE '%,' || state || ',%'
