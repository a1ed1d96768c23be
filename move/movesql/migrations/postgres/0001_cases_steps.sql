-- Times are microseconds since 1970, NULL where there is none. Text compares by
-- its bytes. An index takes rows of up to some 2,600 bytes, and others choose
-- how long their names are: so of long ones the beginning and a hash stand in it.

CREATE TABLE godwit_move_cases (
	no           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	id           TEXT COLLATE "C" NOT NULL UNIQUE,
	side         TEXT COLLATE "C" NOT NULL,
	old_id       TEXT COLLATE "C" NOT NULL,
	new_id       TEXT COLLATE "C" NOT NULL,
	claimed_id   TEXT COLLATE "C" NOT NULL,
	generation   BIGINT NOT NULL,
	activity     BYTEA,
	actor_update BYTEA,
	evidence_by  TEXT NOT NULL,
	signer       TEXT NOT NULL,
	key_id       TEXT NOT NULL,
	fingerprint  TEXT NOT NULL,
	signed       BIGINT,
	delivered    BIGINT,
	secret       TEXT NOT NULL,
	opened       BIGINT,
	begun        BIGINT,
	cancelled    BIGINT
);

-- Looks up by account, and by window in Begin.
CREATE INDEX godwit_move_cases_old ON godwit_move_cases USING hash (old_id);

CREATE INDEX godwit_move_cases_claimed ON godwit_move_cases USING hash (claimed_id) WHERE claimed_id <> '';

-- Only of chains, and of what was sent, is New not what the Move names.
CREATE INDEX godwit_move_cases_new ON godwit_move_cases USING hash (new_id) WHERE new_id <> '' AND new_id <> claimed_id;

-- The case's own step is the one whose party is ''.
CREATE TABLE godwit_move_steps (
	no       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	case_no  BIGINT NOT NULL REFERENCES godwit_move_cases (no),
	party    TEXT COLLATE "C" NOT NULL,
	side     TEXT COLLATE "C" NOT NULL,
	host     TEXT COLLATE "C" NOT NULL,
	state    TEXT COLLATE "C" NOT NULL,
	due      BIGINT,
	leased   BIGINT, -- until then nobody else is given it; NULL if it is not
	attempts BIGINT NOT NULL,
	status   BIGINT NOT NULL,
	reason   TEXT NOT NULL,
	from_id  TEXT NOT NULL,
	cursor   TEXT NOT NULL,
	since    BIGINT,
	version  BIGINT NOT NULL
);

-- In the order in which steps are listed.
CREATE UNIQUE INDEX godwit_move_steps_case ON godwit_move_steps (case_no, left(party, 300), hashtextextended(party, 0));

CREATE INDEX godwit_move_steps_party ON godwit_move_steps USING hash (party) WHERE party <> '';

CREATE INDEX godwit_move_steps_due ON godwit_move_steps (side, due, no) WHERE due IS NOT NULL AND leased IS NULL;

-- For what is due at the other hosts while one has a great deal.
CREATE INDEX godwit_move_steps_host ON godwit_move_steps (side, left(host, 300), due, no) WHERE due IS NOT NULL AND leased IS NULL;

CREATE INDEX godwit_move_steps_leased ON godwit_move_steps (side, leased) WHERE leased IS NOT NULL;
