-- Makes the transaction the only one that writes; nobody is kept from reading.
-- There is an index for every statement, which a plan that was made while the
-- tables were small would not use.
SELECT version, set_config('enable_seqscan', 'off', true) FROM godwit_move_schema FOR UPDATE
