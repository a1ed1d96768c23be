-- Where accounts of other servers are forwarded to. Each body is the whole record, in JSON.

CREATE TABLE godwit_copy_observations (
	old     TEXT NOT NULL PRIMARY KEY,
	version INTEGER NOT NULL,
	body    TEXT NOT NULL
);
