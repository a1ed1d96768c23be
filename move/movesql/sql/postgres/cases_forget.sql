DELETE FROM godwit_move_cases WHERE no = ANY (CAST(translate(?1, '[]', '{}') AS bigint[]))
