SELECT r.body
FROM json_array_elements_text(CAST(?1 AS json)) AS asked (value) CROSS JOIN godwit_copy_reservations AS r
WHERE r.name = asked.value AND r.until > ?2
