SELECT last_reached, outage_from, outage_to,
	EXISTS (SELECT 1 FROM godwit_move_keys WHERE left(origin, 300) = left(?1, 300) AND origin = ?1 AND owner <> ?2)
FROM (SELECT 1) AS one LEFT JOIN godwit_move_origins ON left(origin, 300) = left(?1, 300) AND origin = ?1
