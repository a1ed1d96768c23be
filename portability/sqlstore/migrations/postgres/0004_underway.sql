-- Those who work on jobs look for them again and again, among ever more that have ended.
CREATE INDEX godwit_copy_jobs_underway ON godwit_copy_jobs (id) WHERE state IN ('running', 'undoing');
