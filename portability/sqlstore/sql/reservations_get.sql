SELECT body FROM godwit_copy_reservations WHERE name = ?1
