-- Of one actor a bounded number is kept: the one seen first, so that no later
-- one passes for it; then those that stand, oldest first; then those withdrawn
-- last.
DELETE FROM godwit_move_keys WHERE no IN (
	SELECT no FROM godwit_move_keys WHERE left(owner, 300) = left(?1, 300) AND owner = ?1
	ORDER BY first_seen > (SELECT min(first_seen) FROM godwit_move_keys WHERE left(owner, 300) = left(?1, 300) AND owner = ?1),
		withdrawn IS NOT NULL, withdrawn DESC, first_seen NULLS FIRST, no
	OFFSET ?2
)
