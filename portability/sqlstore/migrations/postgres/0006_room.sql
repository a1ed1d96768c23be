-- An entry is written once when its item is read and once when it is put: with room on
-- its page the second does not touch the indexes.
ALTER TABLE godwit_copy_entries SET (fillfactor = 50);
