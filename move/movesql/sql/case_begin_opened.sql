UPDATE godwit_move_cases SET new_id = ?2, begun = ?3
WHERE id = ?1 AND begun IS NULL AND cancelled IS NULL AND NOT EXISTS (
	SELECT 1 FROM godwit_move_cases AS other
	WHERE other.old_id = godwit_move_cases.old_id AND other.side = godwit_move_cases.side
		AND other.begun >= ?4 AND other.id <> ?1
)
