-- One look at an index each: lists would be sorted first, even where nothing is
-- found. A case may come more than once.
SELECT
	id, side, old_id, new_id, claimed_id, generation, NULL, NULL, evidence_by,
	signer, key_id, fingerprint, signed, delivered, secret, opened, begun, cancelled
FROM godwit_move_cases WHERE old_id = ?2 AND side = ?1 AND old_id <> ''
UNION ALL
SELECT
	id, side, old_id, new_id, claimed_id, generation, NULL, NULL, evidence_by,
	signer, key_id, fingerprint, signed, delivered, secret, opened, begun, cancelled
FROM godwit_move_cases WHERE old_id = ?3 AND side = ?1 AND old_id <> ''
UNION ALL
SELECT
	id, side, old_id, new_id, claimed_id, generation, NULL, NULL, evidence_by,
	signer, key_id, fingerprint, signed, delivered, secret, opened, begun, cancelled
FROM godwit_move_cases WHERE claimed_id = ?2 AND side = ?1 AND claimed_id <> ''
UNION ALL
SELECT
	id, side, old_id, new_id, claimed_id, generation, NULL, NULL, evidence_by,
	signer, key_id, fingerprint, signed, delivered, secret, opened, begun, cancelled
FROM godwit_move_cases WHERE claimed_id = ?3 AND side = ?1 AND claimed_id <> ''
UNION ALL
SELECT
	id, side, old_id, new_id, claimed_id, generation, NULL, NULL, evidence_by,
	signer, key_id, fingerprint, signed, delivered, secret, opened, begun, cancelled
FROM godwit_move_cases WHERE new_id = ?2 AND side = ?1 AND new_id <> '' AND new_id <> claimed_id
UNION ALL
SELECT
	id, side, old_id, new_id, claimed_id, generation, NULL, NULL, evidence_by,
	signer, key_id, fingerprint, signed, delivered, secret, opened, begun, cancelled
FROM godwit_move_cases WHERE new_id = ?3 AND side = ?1 AND new_id <> '' AND new_id <> claimed_id
