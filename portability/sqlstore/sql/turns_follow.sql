-- Turns have the ranks that entries were stored with.
UPDATE godwit_copy_turns
SET rank = (SELECT e.rank FROM godwit_copy_entries AS e WHERE e.at = godwit_copy_turns.at)
WHERE at IN (SELECT value FROM json_each(?1))
