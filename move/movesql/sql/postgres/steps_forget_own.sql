DELETE FROM godwit_move_steps WHERE case_no IN (SELECT CAST(value AS bigint) FROM json_array_elements_text(CAST(CAST(?1 AS text) AS json)))
