SELECT no, body FROM godwit_copy_decisions WHERE person = ?1 AND no > ?2 ORDER BY no LIMIT ?3
