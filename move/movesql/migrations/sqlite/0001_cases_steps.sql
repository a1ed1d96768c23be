-- Times are microseconds since 1970, NULL where there is none. Rows are wide,
-- so no table is WITHOUT ROWID.

CREATE TABLE godwit_move_cases (
	no           INTEGER PRIMARY KEY,
	id           TEXT NOT NULL UNIQUE,
	side         TEXT NOT NULL,
	old_id       TEXT NOT NULL,
	new_id       TEXT NOT NULL,
	claimed_id   TEXT NOT NULL,
	generation   INTEGER NOT NULL,
	activity     BLOB,
	actor_update BLOB,
	evidence_by  TEXT NOT NULL,
	signer       TEXT NOT NULL,
	key_id       TEXT NOT NULL,
	fingerprint  TEXT NOT NULL,
	signed       INTEGER,
	delivered    INTEGER,
	secret       TEXT NOT NULL,
	opened       INTEGER,
	begun        INTEGER,
	cancelled    INTEGER
);

-- Looks up by account, and by window in Begin.
CREATE INDEX godwit_move_cases_old ON godwit_move_cases (old_id, side, begun);

CREATE INDEX godwit_move_cases_claimed ON godwit_move_cases (claimed_id, side) WHERE claimed_id <> '';

-- Only of chains, and of what was sent, is New not what the Move names.
CREATE INDEX godwit_move_cases_new ON godwit_move_cases (new_id, side) WHERE new_id <> '' AND new_id <> claimed_id;

-- The case's own step is the one whose party is ''. Cases are numbered, so that
-- the steps of new ones stand together at the end of the index, where ids,
-- which are hashes, would scatter them.
CREATE TABLE godwit_move_steps (
	no       INTEGER PRIMARY KEY,
	case_no  INTEGER NOT NULL REFERENCES godwit_move_cases (no),
	party    TEXT NOT NULL,
	side     TEXT NOT NULL,
	host     TEXT NOT NULL,
	state    TEXT NOT NULL,
	due      INTEGER,
	leased   INTEGER, -- until then nobody else is given it; NULL if it is not
	attempts INTEGER NOT NULL,
	status   INTEGER NOT NULL,
	reason   TEXT NOT NULL,
	from_id  TEXT NOT NULL,
	cursor   TEXT NOT NULL,
	since    INTEGER,
	version  INTEGER NOT NULL,
	UNIQUE (case_no, party)
);

CREATE INDEX godwit_move_steps_party ON godwit_move_steps (party, side) WHERE party <> '';

CREATE INDEX godwit_move_steps_due ON godwit_move_steps (side, due) WHERE due IS NOT NULL AND leased IS NULL;

-- For what is due at the other hosts while one has a great deal.
CREATE INDEX godwit_move_steps_host ON godwit_move_steps (side, host, due) WHERE due IS NOT NULL AND leased IS NULL;

CREATE INDEX godwit_move_steps_leased ON godwit_move_steps (side, leased) WHERE leased IS NOT NULL;
