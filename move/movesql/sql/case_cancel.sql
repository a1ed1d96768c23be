UPDATE godwit_move_cases SET cancelled = coalesce(cancelled, ?2) WHERE id = ?1
