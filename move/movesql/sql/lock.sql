-- Writes nothing, but makes the transaction the only one that can.
DELETE FROM godwit_move_schema WHERE 0
