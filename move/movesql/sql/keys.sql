SELECT id, owner, fingerprint, encoded, first_seen, vouched, withdrawn
FROM godwit_move_keys WHERE owner = ?1 ORDER BY first_seen, no
