CREATE TABLE godwit_move_keys (
	no          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	owner       TEXT COLLATE "C" NOT NULL,
	fingerprint TEXT COLLATE "C" NOT NULL,
	id          TEXT NOT NULL,
	origin      TEXT COLLATE "C" NOT NULL,
	encoded     TEXT NOT NULL,
	first_seen  BIGINT,
	vouched     BIGINT NOT NULL,
	withdrawn   BIGINT,
	expires     BIGINT
);

CREATE UNIQUE INDEX godwit_move_keys_owner ON godwit_move_keys (left(owner, 300), hashtextextended(owner, 0), fingerprint);

CREATE INDEX godwit_move_keys_origin ON godwit_move_keys (left(origin, 300), left(owner, 300));

CREATE TABLE godwit_move_origins (
	no           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	origin       TEXT COLLATE "C" NOT NULL,
	last_reached BIGINT,
	failing      BIGINT, -- the first failure since it was last reached
	outage_from  BIGINT,
	outage_to    BIGINT
);

CREATE UNIQUE INDEX godwit_move_origins_origin ON godwit_move_origins (left(origin, 300), hashtextextended(origin, 0));
