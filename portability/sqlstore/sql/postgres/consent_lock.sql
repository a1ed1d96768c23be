-- Those who count and then write do so one after the other. The number is this
-- package's alone.
SELECT pg_advisory_xact_lock(7165934621807)
