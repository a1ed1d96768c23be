INSERT INTO godwit_move_keys AS known (owner, fingerprint, id, origin, encoded, first_seen, vouched, withdrawn, expires)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
ON CONFLICT (left(owner, 300), hashtextextended(owner, 0), fingerprint) DO UPDATE SET
	vouched = CASE WHEN excluded.vouched > known.vouched THEN excluded.vouched ELSE known.vouched END,
	withdrawn = excluded.withdrawn,
	expires = excluded.expires
