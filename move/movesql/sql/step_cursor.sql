UPDATE godwit_move_steps SET cursor = ?2 WHERE case_id = ?1 AND party = '' RETURNING side
