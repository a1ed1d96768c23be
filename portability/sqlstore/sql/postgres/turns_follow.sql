UPDATE godwit_copy_turns
SET rank = (SELECT e.rank FROM godwit_copy_entries AS e WHERE e.at = godwit_copy_turns.at)
WHERE at = ANY (CAST(translate(?1, '[]', '{}') AS BIGINT[]))
