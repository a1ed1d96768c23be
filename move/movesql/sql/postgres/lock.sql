-- Makes the transaction the only one that writes; nobody is kept from reading.
LOCK TABLE godwit_move_schema IN EXCLUSIVE MODE
