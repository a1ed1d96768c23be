SELECT id, owner, fingerprint, encoded, first_seen, vouched, withdrawn, expires
FROM godwit_move_keys WHERE left(owner, 300) = left(?1, 300) AND owner = ?1 ORDER BY first_seen NULLS FIRST, no
