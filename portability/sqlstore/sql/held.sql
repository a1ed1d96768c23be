SELECT t.at, t.rank, (SELECT h.item FROM godwit_copy_held AS h WHERE h.at = t.at)
FROM godwit_copy_turns AS t
WHERE t.job_no = ?1 AND (t.rank, t.at) > (?2, ?3)
ORDER BY t.rank, t.at LIMIT ?4
