SELECT last_reached, outage_from, outage_to,
	EXISTS (SELECT 1 FROM godwit_move_keys WHERE origin = ?1 AND owner <> ?2)
FROM (SELECT 1) LEFT JOIN godwit_move_origins ON origin = ?1
