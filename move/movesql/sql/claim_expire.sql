UPDATE godwit_move_steps SET leased = NULL
WHERE side = ?1 AND (leased <= ?2 OR leased > ?3)
