INSERT INTO godwit_copy_held (at, item) VALUES (?1, ?2)
ON CONFLICT (at) DO UPDATE SET item = excluded.item
