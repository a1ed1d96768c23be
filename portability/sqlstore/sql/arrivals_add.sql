INSERT INTO godwit_copy_arrivals (id, version, old, state, untold, admitted, body, running)
VALUES (?1, ?2 + 1, ?3, ?4, ?5, ?6, ?7, NULLIF(?8, ''))
ON CONFLICT DO NOTHING
