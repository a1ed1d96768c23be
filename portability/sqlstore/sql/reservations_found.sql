SELECT r.body FROM json_each(?1) AS asked CROSS JOIN godwit_copy_reservations AS r
WHERE r.name = asked.value AND r.until > ?2
