SELECT
	id, side, old_id, new_id, claimed_id, generation, activity, actor_update, evidence_by,
	signer, key_id, fingerprint, signed, delivered, secret, opened, begun, cancelled
FROM godwit_move_cases WHERE id = ?1
