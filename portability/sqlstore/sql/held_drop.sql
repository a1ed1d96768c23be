DELETE FROM godwit_copy_held WHERE at > ?1 AND at < ?2
