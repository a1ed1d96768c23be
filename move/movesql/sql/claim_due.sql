SELECT no, host FROM godwit_move_steps
WHERE side = ?1 AND due <= ?2 AND leased IS NULL
ORDER BY due, no LIMIT ?3
