SELECT e.at, e.kind, e.id, e.stage, e.state, e.intended, e.reason, e.new_id, e.urls,
	e.audience, e.parent, e.published, e.digest, e.rank, e.run, e.size, e.odd, e.put, e.was
FROM godwit_copy_entries AS e
WHERE e.at > ?1 AND e.at < ?2
	AND (?8 = '' OR e.stage = ?8) AND (?3 = '' OR e.kind = ?3) AND (?4 = 0 OR e.state = '')
	AND (?5 = '' OR ?5 LIKE '%,' || e.state || ',%') AND (CAST(?6 AS BIGINT) = 0 OR e.run < CAST(?6 AS BIGINT))
ORDER BY e.at DESC LIMIT ?7
