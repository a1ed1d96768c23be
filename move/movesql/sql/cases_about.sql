SELECT
	id, side, old_id, new_id, claimed_id, generation, NULL, NULL, evidence_by,
	signer, key_id, fingerprint, signed, delivered, secret, opened, begun, cancelled
FROM godwit_move_cases WHERE no IN (
	SELECT no FROM godwit_move_cases
	WHERE old_id IN (?2, ?3, ?4, ?5) AND side = ?1 AND old_id <> ''
	UNION ALL
	SELECT no FROM godwit_move_cases
	WHERE claimed_id IN (?2, ?3, ?4, ?5) AND side = ?1 AND claimed_id <> ''
	UNION ALL
	SELECT no FROM godwit_move_cases
	WHERE new_id IN (?2, ?3, ?4, ?5) AND side = ?1 AND new_id <> '' AND new_id <> claimed_id
)
