UPDATE godwit_copy_arrivals SET version = version + 1, old = ?3, state = ?4, untold = ?5, admitted = ?6, body = ?7,
	running = CASE WHEN ?8 = '' THEN NULL ELSE running END
WHERE id = ?1 AND version = ?2
