SELECT count(*), coalesce(sum(CASE WHEN id = ?1 THEN 1 ELSE 0 END), 0) FROM godwit_copy_arrivals WHERE admitted >= ?2
