-- Times are microseconds since 1970. Ids longer than 1,000 bytes, and those that a
-- database would not take, stand here by their digests; the exact ones are in odd,
-- in JSON, or in the blob beside them.

CREATE TABLE godwit_copy_jobs (
	no      INTEGER PRIMARY KEY,
	id      TEXT NOT NULL UNIQUE,
	account TEXT NOT NULL,
	state   TEXT NOT NULL,
	stage   TEXT NOT NULL,
	version INTEGER NOT NULL,
	body    TEXT NOT NULL -- the whole job, in JSON
);

CREATE INDEX godwit_copy_jobs_account ON godwit_copy_jobs (account, id);

-- "at" is the number of the job, times 2^32, and the number of the entry: so those
-- of one job stand together and in order, and new ones at the end. Ids rise as well
-- in most accounts, so that their index grows at one place; digests of them, though
-- shorter, would touch another page for every row.
CREATE TABLE godwit_copy_entries (
	at        INTEGER PRIMARY KEY,
	job_no    INTEGER NOT NULL,
	kind      TEXT NOT NULL,
	id        TEXT NOT NULL,
	stage     TEXT NOT NULL,
	state     TEXT NOT NULL,
	intended  INTEGER NOT NULL,
	reason    TEXT NOT NULL,
	new_id    TEXT NOT NULL,
	urls      TEXT NOT NULL, -- a list in JSON, or '' for none
	audience  TEXT NOT NULL,
	parent    TEXT NOT NULL,
	published INTEGER NOT NULL,
	digest    BLOB,          -- NULL for one that is all zeros
	rank      INTEGER NOT NULL,
	run       INTEGER NOT NULL,
	size      INTEGER NOT NULL,
	odd       TEXT,
	put       INTEGER NOT NULL, -- the run in which the job has put it; 0 if it has not
	was       TEXT,             -- how it had ended before, in JSON; NULL if it is not to be updated
	UNIQUE (job_no, id, kind)
);

-- id is NULL where it is the old IRI itself.
CREATE TABLE godwit_copy_names (
	job_no INTEGER NOT NULL,
	old    TEXT NOT NULL,
	kind   TEXT NOT NULL,
	id     TEXT,
	PRIMARY KEY (job_no, old)
) WITHOUT ROWID;

-- Turns are kept apart from what waits for them, so that giving ranks does not write
-- documents anew.
CREATE TABLE godwit_copy_turns (
	at     INTEGER PRIMARY KEY,
	job_no INTEGER NOT NULL,
	rank   INTEGER NOT NULL
);

CREATE INDEX godwit_copy_turns_rank ON godwit_copy_turns (job_no, rank, at);

CREATE TABLE godwit_copy_held (
	at   INTEGER PRIMARY KEY,
	item BLOB NOT NULL
);

CREATE TABLE godwit_copy_files (
	seq    INTEGER PRIMARY KEY,
	job_no INTEGER NOT NULL,
	no     INTEGER NOT NULL, -- as the engine numbers files: larger than those of entries
	place  TEXT NOT NULL,
	medium BLOB NOT NULL, -- with the exact place
	state  TEXT NOT NULL,
	reason TEXT NOT NULL,
	url    TEXT NOT NULL,
	digest TEXT NOT NULL,
	bytes  INTEGER NOT NULL,
	tries  INTEGER NOT NULL,
	due    INTEGER NOT NULL,
	worker TEXT NOT NULL, -- who has it until leased; '' if nobody
	leased INTEGER NOT NULL,
	UNIQUE (job_no, place)
);

CREATE INDEX godwit_copy_files_no ON godwit_copy_files (job_no, no);

CREATE INDEX godwit_copy_files_due ON godwit_copy_files (job_no, due, no) WHERE state = '';

-- Narrow, and looked up by one key: the only table that gains by being its own index.
CREATE TABLE godwit_copy_mappings (
	old      TEXT NOT NULL PRIMARY KEY,
	id       TEXT NOT NULL,
	new_id   TEXT NOT NULL,
	url      TEXT NOT NULL,
	kind     TEXT NOT NULL,
	from_id  TEXT NOT NULL,
	to_id    TEXT NOT NULL,
	audience TEXT NOT NULL,
	copied   INTEGER NOT NULL,
	gone     INTEGER NOT NULL,
	odd      TEXT
) WITHOUT ROWID;

CREATE INDEX godwit_copy_mappings_from ON godwit_copy_mappings (from_id, old);
