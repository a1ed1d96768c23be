-- Writes nothing, but makes the transaction the only one that can.
DELETE FROM godwit_copy_schema WHERE 0
