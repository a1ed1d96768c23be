UPDATE godwit_move_steps SET cursor = ?2
WHERE case_no = (SELECT no FROM godwit_move_cases WHERE id = ?1) AND left(party, 300) = '' AND party = ''
RETURNING case_no, side
