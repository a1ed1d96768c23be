-- Who may leave and who may come. Each body is the whole record, in JSON; what stands
-- beside it is what is looked for.

CREATE TABLE godwit_copy_grants (
	id      TEXT NOT NULL PRIMARY KEY,
	owner   TEXT NOT NULL,
	version INTEGER NOT NULL,
	body    TEXT NOT NULL
);

CREATE INDEX godwit_copy_grants_owner ON godwit_copy_grants (owner, id);

-- One row.
CREATE TABLE godwit_copy_policy (
	no      INTEGER PRIMARY KEY CHECK (no = 1),
	version INTEGER NOT NULL,
	body    TEXT NOT NULL
);

CREATE TABLE godwit_copy_reservations (
	name   TEXT NOT NULL PRIMARY KEY,
	holder TEXT NOT NULL,
	until  INTEGER NOT NULL,
	body   TEXT NOT NULL
);

CREATE TABLE godwit_copy_decisions (
	no     INTEGER PRIMARY KEY AUTOINCREMENT,
	id     TEXT NOT NULL UNIQUE,
	person TEXT NOT NULL,
	body   TEXT NOT NULL
);

CREATE INDEX godwit_copy_decisions_person ON godwit_copy_decisions (person, no);

CREATE TABLE godwit_copy_arrivals (
	id       TEXT NOT NULL PRIMARY KEY,
	old      TEXT NOT NULL,
	state    TEXT NOT NULL,
	untold   INTEGER NOT NULL,
	admitted INTEGER, -- NULL for those that are not
	version  INTEGER NOT NULL,
	body     TEXT NOT NULL
);

CREATE INDEX godwit_copy_arrivals_old ON godwit_copy_arrivals (old, id);
CREATE INDEX godwit_copy_arrivals_state ON godwit_copy_arrivals (state, id);
CREATE INDEX godwit_copy_arrivals_admitted ON godwit_copy_arrivals (admitted);
CREATE INDEX godwit_copy_arrivals_untold ON godwit_copy_arrivals (id) WHERE untold = 1;
