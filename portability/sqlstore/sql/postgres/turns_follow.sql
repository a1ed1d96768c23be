UPDATE godwit_copy_turns SET rank = e.rank
FROM godwit_copy_entries AS e
WHERE e.at = godwit_copy_turns.at AND godwit_copy_turns.rank <> e.rank
	AND godwit_copy_turns.at IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST(?1 AS json)) AS asked (value))
