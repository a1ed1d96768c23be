-- The tables that a small server has anyway. What godwit keeps of moves and
-- keys lies beside them, in tables of its own.
CREATE TABLE IF NOT EXISTS accounts (
	id       TEXT PRIMARY KEY,
	name     TEXT NOT NULL UNIQUE,
	rsa_pem  TEXT NOT NULL,
	ed_pem   TEXT NOT NULL,
	locked   INTEGER NOT NULL DEFAULT 0, -- approves followers by hand
	moved_to TEXT NOT NULL DEFAULT '',
	aliases  TEXT NOT NULL DEFAULT '[]',
	bio      TEXT NOT NULL DEFAULT '',
	came     TEXT NOT NULL DEFAULT '',   -- the account that has moved to this one
	created  INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS relations (
	account TEXT NOT NULL,               -- ours
	other   TEXT NOT NULL,               -- anybody
	kind    TEXT NOT NULL,               -- follows, follower, blocks, mutes
	state   TEXT NOT NULL,               -- pending, accepted
	follow  TEXT NOT NULL DEFAULT '',    -- the Follow activity's id
	inbox   TEXT NOT NULL DEFAULT '',    -- of other
	shared  TEXT NOT NULL DEFAULT '',
	at      INTEGER NOT NULL,
	PRIMARY KEY (account, other, kind)
);
CREATE INDEX IF NOT EXISTS relations_other ON relations (other, kind, account);
CREATE TABLE IF NOT EXISTS outgoing (
	key      TEXT PRIMARY KEY,           -- what is queued under one key is queued once
	account  TEXT NOT NULL,
	inbox    TEXT NOT NULL,
	body     TEXT NOT NULL,
	follows  TEXT NOT NULL DEFAULT '',   -- a Follow: whom
	state    TEXT NOT NULL,              -- due, sent, failed
	due      INTEGER NOT NULL,
	attempts INTEGER NOT NULL DEFAULT 0,
	status   INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS outgoing_due ON outgoing (state, due);
CREATE TABLE IF NOT EXISTS received (
	id      INTEGER PRIMARY KEY,
	actor   TEXT NOT NULL,
	type    TEXT NOT NULL,
	body    TEXT NOT NULL,
	verdict TEXT NOT NULL DEFAULT '',
	at      INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS notices (
	id      TEXT PRIMARY KEY,
	account TEXT NOT NULL,
	old     TEXT NOT NULL,
	new     TEXT NOT NULL,
	reason  TEXT NOT NULL,
	at      INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS items (
	n        INTEGER PRIMARY KEY,
	account  TEXT NOT NULL,
	kind     TEXT NOT NULL,
	ref      TEXT NOT NULL,              -- what it was called where it came from
	id       TEXT NOT NULL DEFAULT '',   -- what it is called here; '' if it needs no name
	audience TEXT NOT NULL DEFAULT '',   -- of content
	document BLOB,
	raw      BLOB,                       -- in place of a document
	files    TEXT NOT NULL DEFAULT '[]', -- the digests of those that it uses
	given    BLOB NOT NULL,              -- a digest of what came
	hidden   INTEGER NOT NULL DEFAULT 0, -- in quarantine
	edited   INTEGER NOT NULL DEFAULT 0, -- changed here since it came
	UNIQUE (account, kind, ref)
);
CREATE INDEX IF NOT EXISTS items_id ON items (id) WHERE id <> '';
CREATE TABLE IF NOT EXISTS files (
	digest TEXT PRIMARY KEY,             -- SHA-256 in hex
	type   TEXT NOT NULL,
	bytes  BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS file_places (
	account TEXT NOT NULL,
	place   TEXT NOT NULL,               -- the path and URL under which it came
	digest  TEXT NOT NULL,
	PRIMARY KEY (account, place)
);
CREATE TABLE IF NOT EXISTS choices (
	account    TEXT PRIMARY KEY,
	sign       INTEGER NOT NULL DEFAULT 0, -- moved away: people see a sign, and are led nowhere
	restricted INTEGER NOT NULL DEFAULT 0, -- the moderators let it write nothing more
	copied_to  TEXT NOT NULL DEFAULT '[]', -- accounts elsewhere that it has as well
	identity   TEXT NOT NULL DEFAULT ''    -- a statement about a key outside any server (FEP-c390)
);
CREATE TABLE IF NOT EXISTS fences (
	host TEXT PRIMARY KEY                  -- with which the whole server has nothing to do
);
CREATE TABLE IF NOT EXISTS adopted (       -- accounts that came back under software that did not make them
	account    TEXT PRIMARY KEY,
	document   TEXT NOT NULL,              -- as the former software showed it
	main_key   TEXT NOT NULL,              -- what its keys are called
	second_key TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS addresses (     -- of the former software
	address TEXT PRIMARY KEY,
	account TEXT NOT NULL,
	kind    TEXT NOT NULL,                 -- post, activity, file
	ref     TEXT NOT NULL                  -- the id of an item, or the digest of a file
);
CREATE TABLE IF NOT EXISTS moderation (
	post     TEXT PRIMARY KEY,
	decision TEXT NOT NULL,                -- removed, allowed
	at       INTEGER NOT NULL
);
