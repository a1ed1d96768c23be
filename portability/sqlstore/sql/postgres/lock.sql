-- Keeps migrations out, and nobody else: a commit locks its own job. There is an index
-- for every statement, which a plan that was made while the tables were small would not
-- use.
SELECT set_config('enable_seqscan', 'off', true) FROM godwit_copy_schema
