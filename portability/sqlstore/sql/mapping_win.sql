-- ?12 is whose it was, as it was read in this transaction.
UPDATE godwit_copy_mappings SET
	id = ?2, new_id = ?3, url = ?4, kind = ?5, from_id = ?6, to_id = ?7, audience = ?8, copied = ?9, gone = ?10, odd = ?11
WHERE old = ?1 AND from_id = ?12
