DELETE FROM godwit_move_cases WHERE no IN (SELECT value FROM json_each(?1))
