UPDATE godwit_move_steps SET due = ?2 WHERE no = ?1
