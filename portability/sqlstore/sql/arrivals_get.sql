SELECT version, body FROM godwit_copy_arrivals WHERE id = ?1
