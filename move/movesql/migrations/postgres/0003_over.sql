-- What Forget looks for: followers with whom all is done, and cases that were
-- never begun.
CREATE INDEX godwit_move_steps_over ON godwit_move_steps (since)
	WHERE due IS NULL AND side = 'in' AND party <> '';

CREATE INDEX godwit_move_cases_unbegun ON godwit_move_cases (opened) WHERE begun IS NULL;
