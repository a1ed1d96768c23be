-- Who may leave and who may come. Each body is the whole record, in JSON; what stands
-- beside it is what is looked for.

CREATE TABLE godwit_copy_grants (
	id      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	owner   TEXT COLLATE "C" NOT NULL,
	version BIGINT NOT NULL,
	body    TEXT NOT NULL
);

CREATE INDEX godwit_copy_grants_owner ON godwit_copy_grants (owner, id);

-- One row.
CREATE TABLE godwit_copy_policy (
	no      SMALLINT PRIMARY KEY CHECK (no = 1),
	version BIGINT NOT NULL,
	body    TEXT NOT NULL
);

CREATE TABLE godwit_copy_reservations (
	name   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	holder TEXT NOT NULL,
	until  BIGINT NOT NULL,
	body   TEXT NOT NULL
);

CREATE TABLE godwit_copy_decisions (
	no     BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	id     TEXT COLLATE "C" NOT NULL UNIQUE,
	person TEXT COLLATE "C" NOT NULL,
	body   TEXT NOT NULL
);

CREATE INDEX godwit_copy_decisions_person ON godwit_copy_decisions (person, no);

CREATE TABLE godwit_copy_arrivals (
	id       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	old      TEXT COLLATE "C" NOT NULL,
	state    TEXT COLLATE "C" NOT NULL,
	untold   SMALLINT NOT NULL,
	admitted BIGINT, -- NULL for those that are not
	version  BIGINT NOT NULL,
	body     TEXT NOT NULL
);

CREATE INDEX godwit_copy_arrivals_old ON godwit_copy_arrivals (old, id);
CREATE INDEX godwit_copy_arrivals_state ON godwit_copy_arrivals (state, id);
CREATE INDEX godwit_copy_arrivals_admitted ON godwit_copy_arrivals (admitted);
CREATE INDEX godwit_copy_arrivals_untold ON godwit_copy_arrivals (id) WHERE untold = 1;
