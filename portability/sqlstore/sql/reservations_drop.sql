DELETE FROM godwit_copy_reservations WHERE name = ?1 AND holder = ?2
