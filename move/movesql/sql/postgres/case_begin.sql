-- Adds the case, or begins one that was opened.
INSERT INTO godwit_move_cases (
	id, side, old_id, new_id, claimed_id, generation, activity, actor_update, evidence_by,
	signer, key_id, fingerprint, signed, delivered, secret, opened, begun, cancelled
)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18
WHERE NOT EXISTS (
	SELECT 1 FROM godwit_move_cases
	WHERE old_id = ?3 AND side = ?2 AND begun >= ?19 AND id <> ?1
)
ON CONFLICT (id) DO UPDATE SET new_id = excluded.new_id, begun = excluded.begun
WHERE godwit_move_cases.begun IS NULL AND godwit_move_cases.cancelled IS NULL AND NOT EXISTS (
	SELECT 1 FROM godwit_move_steps AS own
	WHERE own.case_no = godwit_move_cases.no AND left(own.party, 300) = '' AND own.party = '' AND own.state = ?20
)
