INSERT INTO godwit_copy_arrivals (id, version, old, state, untold, admitted, body) VALUES (?1, ?2 + 1, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (id) DO NOTHING
