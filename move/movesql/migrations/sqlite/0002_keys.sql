CREATE TABLE godwit_move_keys (
	no          INTEGER PRIMARY KEY,
	owner       TEXT NOT NULL,
	fingerprint TEXT NOT NULL,
	id          TEXT NOT NULL,
	origin      TEXT NOT NULL,
	encoded     TEXT NOT NULL,
	first_seen  INTEGER,
	vouched     INTEGER NOT NULL,
	withdrawn   INTEGER,
	expires     INTEGER,
	UNIQUE (owner, fingerprint)
);

CREATE INDEX godwit_move_keys_origin ON godwit_move_keys (origin, owner);

CREATE TABLE godwit_move_origins (
	no           INTEGER PRIMARY KEY,
	origin       TEXT NOT NULL UNIQUE,
	last_reached INTEGER,
	failing      INTEGER, -- the first failure since it was last reached
	outage_from  INTEGER,
	outage_to    INTEGER
);
