INSERT INTO godwit_copy_reservations (name, holder, until, body) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until, body = excluded.body
WHERE godwit_copy_reservations.holder = excluded.holder OR godwit_copy_reservations.until <= ?5
