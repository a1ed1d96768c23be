DELETE FROM godwit_move_steps WHERE no IN (
	SELECT no FROM godwit_move_steps
	WHERE since < ?1 AND due IS NULL AND side = 'in' AND party <> '' AND state <> 'requested'
	ORDER BY since LIMIT ?2
)
