-- Ids are compared by their bytes, whatever the language of the database.
-- Times are microseconds since 1970. Ids longer than 1,000 bytes, and those that a
-- database would not take, stand here by their digests; the exact ones are in odd,
-- in JSON, or in the blob beside them.

CREATE TABLE godwit_copy_jobs (
	no      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	id      TEXT COLLATE "C" NOT NULL UNIQUE,
	account TEXT COLLATE "C" NOT NULL,
	state   TEXT NOT NULL,
	stage   TEXT NOT NULL,
	version BIGINT NOT NULL,
	body    TEXT NOT NULL -- the whole job, in JSON
);

CREATE INDEX godwit_copy_jobs_account ON godwit_copy_jobs (account, id);

-- "at" is the number of the job, times 2^32, and the number of the entry: so those
-- of one job stand together and in order, and new ones at the end. Ids rise as well
-- in most accounts, so that their index grows at one place; digests of them, though
-- shorter, would touch another page for every row.
CREATE TABLE godwit_copy_entries (
	at        BIGINT PRIMARY KEY,
	job_no    BIGINT NOT NULL,
	kind      TEXT NOT NULL,
	id        TEXT COLLATE "C" NOT NULL,
	stage     TEXT NOT NULL,
	state     TEXT NOT NULL,
	intended  SMALLINT NOT NULL,
	reason    TEXT NOT NULL,
	new_id    TEXT NOT NULL,
	urls      TEXT NOT NULL, -- a list in JSON, or '' for none
	audience  TEXT NOT NULL,
	parent    TEXT COLLATE "C" NOT NULL,
	published BIGINT NOT NULL,
	digest    BYTEA,          -- NULL for one that is all zeros
	rank      BIGINT NOT NULL,
	run       INTEGER NOT NULL,
	size      BIGINT NOT NULL,
	odd       TEXT,
	put       INTEGER NOT NULL, -- the run in which the job has put it; 0 if it has not
	was       TEXT,             -- how it had ended before, in JSON; NULL if it is not to be updated
	UNIQUE (job_no, id, kind)
);

-- id is NULL where it is the old IRI itself.
CREATE TABLE godwit_copy_names (
	job_no BIGINT NOT NULL,
	old    TEXT COLLATE "C" NOT NULL,
	kind   TEXT NOT NULL,
	id     TEXT COLLATE "C",
	PRIMARY KEY (job_no, old)
);

-- Turns are kept apart from what waits for them, so that giving ranks does not write
-- documents anew.
CREATE TABLE godwit_copy_turns (
	at     BIGINT PRIMARY KEY,
	job_no BIGINT NOT NULL,
	rank   BIGINT NOT NULL
);

CREATE INDEX godwit_copy_turns_rank ON godwit_copy_turns (job_no, rank, at);

CREATE TABLE godwit_copy_held (
	at   BIGINT PRIMARY KEY,
	item BYTEA NOT NULL
);

CREATE TABLE godwit_copy_files (
	seq    BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	job_no BIGINT NOT NULL,
	no     BIGINT NOT NULL, -- as the engine numbers files: larger than those of entries
	place  TEXT COLLATE "C" NOT NULL,
	medium BYTEA NOT NULL, -- with the exact place
	state  TEXT NOT NULL,
	reason TEXT NOT NULL,
	url    TEXT NOT NULL,
	digest TEXT NOT NULL,
	bytes  BIGINT NOT NULL,
	tries  INTEGER NOT NULL,
	due    BIGINT NOT NULL,
	worker TEXT NOT NULL, -- who has it until leased; '' if nobody
	leased BIGINT NOT NULL,
	UNIQUE (job_no, place)
);

CREATE INDEX godwit_copy_files_no ON godwit_copy_files (job_no, no);

CREATE INDEX godwit_copy_files_due ON godwit_copy_files (job_no, due, no) WHERE state = '';

CREATE TABLE godwit_copy_mappings (
	old      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	id       TEXT NOT NULL,
	new_id   TEXT NOT NULL,
	url      TEXT NOT NULL,
	kind     TEXT NOT NULL,
	from_id  TEXT COLLATE "C" NOT NULL,
	to_id    TEXT NOT NULL,
	audience TEXT NOT NULL,
	copied   BIGINT NOT NULL,
	gone     SMALLINT NOT NULL,
	odd      TEXT
);

CREATE INDEX godwit_copy_mappings_from ON godwit_copy_mappings (from_id, old);
