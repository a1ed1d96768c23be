INSERT INTO godwit_move_keys (owner, fingerprint, id, origin, encoded, first_seen, vouched, withdrawn, expires)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
ON CONFLICT (owner, fingerprint) DO UPDATE
SET vouched = max(vouched, excluded.vouched), withdrawn = excluded.withdrawn, expires = excluded.expires
