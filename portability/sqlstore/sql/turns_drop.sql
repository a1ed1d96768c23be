DELETE FROM godwit_copy_turns WHERE at > ?1 AND at < ?2
