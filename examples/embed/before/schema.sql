CREATE TABLE IF NOT EXISTS users (
	id   TEXT PRIMARY KEY, -- of the actor
	name TEXT NOT NULL UNIQUE,
	key  TEXT NOT NULL     -- RSA, PKCS #8 in PEM
);
CREATE TABLE IF NOT EXISTS posts (
	id     TEXT PRIMARY KEY,
	author TEXT NOT NULL,  -- here or elsewhere
	text   TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS follows (
	follower TEXT NOT NULL, -- here or elsewhere, as is followed
	followed TEXT NOT NULL,
	accepted BOOLEAN NOT NULL,
	activity TEXT NOT NULL, -- the id of the Follow
	inbox    TEXT NOT NULL, -- of the other one
	PRIMARY KEY (follower, followed)
);
CREATE TABLE IF NOT EXISTS notices (
	id   TEXT PRIMARY KEY,
	user TEXT NOT NULL,
	text TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS letters (
	activity TEXT NOT NULL, -- its id: what has one is sent to an inbox once
	inbox    TEXT NOT NULL,
	sender   TEXT NOT NULL,
	body     TEXT NOT NULL,
	tries    INTEGER NOT NULL DEFAULT 0,
	due      INTEGER,       -- in milliseconds; NULL: done
	PRIMARY KEY (activity, inbox)
);
