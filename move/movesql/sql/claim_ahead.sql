-- Those that wait longest first: hardly anything waits for so long.
SELECT no, side, party, due, since FROM godwit_move_steps
WHERE side = ?1 AND due > ?2 AND leased IS NULL
ORDER BY due DESC, no DESC LIMIT ?3
