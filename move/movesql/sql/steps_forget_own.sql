DELETE FROM godwit_move_steps WHERE case_no IN (SELECT value FROM json_each(?1))
