-- ?2 is a list of states with a comma before and behind each. A lease of a file that has
-- not ended stays.
UPDATE godwit_copy_files
SET worker = CASE WHEN state = '' THEN worker ELSE '' END,
	leased = CASE WHEN state = '' THEN leased ELSE -62135596800000000 END,
	state = '', reason = '', url = '', digest = '', bytes = 0, tries = 0, due = -62135596800000000
WHERE job_no = ?1 AND ?2 LIKE '%,' || state || ',%' AND (state <> '' OR tries > 0)
