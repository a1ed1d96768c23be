DELETE FROM godwit_move_steps WHERE case_no = ANY (CAST(translate(?1, '[]', '{}') AS bigint[]))
