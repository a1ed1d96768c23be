-- Where accounts of other servers are forwarded to. Each body is the whole record, in JSON.

CREATE TABLE godwit_copy_observations (
	old     TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	version BIGINT NOT NULL,
	body    TEXT NOT NULL
);
