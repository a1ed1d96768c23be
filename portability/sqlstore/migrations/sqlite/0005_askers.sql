-- Whoever has asked to come, while the arrival is under way; NULL otherwise. One of each.
ALTER TABLE godwit_copy_arrivals ADD COLUMN running TEXT;
CREATE UNIQUE INDEX godwit_copy_arrivals_running ON godwit_copy_arrivals (running);
