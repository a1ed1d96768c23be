SELECT m.old, m.id, m.new_id, m.url, m.kind, m.from_id, m.to_id, m.audience, m.copied, m.gone, m.odd
FROM json_array_elements_text(CAST(?1 AS json)) AS asked (value)
	CROSS JOIN LATERAL (SELECT * FROM godwit_copy_mappings AS one WHERE one.old = asked.value OFFSET 0) AS m
