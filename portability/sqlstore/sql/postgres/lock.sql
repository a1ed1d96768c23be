-- Keeps migrations out, and nobody else: a commit locks its own job.
LOCK TABLE godwit_copy_schema IN ACCESS SHARE MODE
