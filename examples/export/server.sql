CREATE TABLE accounts (n INTEGER PRIMARY KEY, name TEXT, id TEXT, document TEXT);
CREATE TABLE posts (n INTEGER PRIMARY KEY, author TEXT, id TEXT, document TEXT, file INTEGER);
CREATE TABLE follows (n INTEGER PRIMARY KEY, follower TEXT, followed TEXT);
CREATE TABLE files (n INTEGER PRIMARY KEY, type TEXT, bytes BLOB);

INSERT INTO accounts VALUES (1, 'alice', 'https://old.example/users/alice', json_object(
	'@context', 'https://www.w3.org/ns/activitystreams',
	'id', 'https://old.example/users/alice',
	'type', 'Person',
	'preferredUsername', 'alice',
	'name', 'Alice',
	'summary', '<p>Waders, tides and long walks.</p>',
	'followers', 'https://old.example/users/alice/followers'));

INSERT INTO files VALUES (1, 'image/gif', x'47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b');

-- A post every day, in three languages, one in ten for followers, one in fifty with a picture.
WITH RECURSIVE day (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM day WHERE n < 365)
INSERT INTO posts SELECT n, 'alice', 'https://old.example/users/alice/posts/' || n, json_patch(json_object(
	'@context', 'https://www.w3.org/ns/activitystreams',
	'id', 'https://old.example/users/alice/posts/' || n,
	'type', 'Note',
	'attributedTo', 'https://old.example/users/alice',
	'published', date('2025-01-01', '+' || n || ' days') || 'T08:00:00Z',
	'to', CASE WHEN n % 10 = 0 THEN 'https://old.example/users/alice/followers' ELSE 'https://www.w3.org/ns/activitystreams#Public' END,
	'contentMap', CASE n % 3
		WHEN 0 THEN json_object('en', '<p>Day ' || n || ': the godwits are back on the mud.</p>')
		WHEN 1 THEN json_object('nl', '<p>Dag ' || n || ': de grutto''s zijn terug.</p>')
		ELSE json_object('is', '<p>Dagur ' || n || ': jaðrakaninn er kominn.</p>') END),
	CASE WHEN n % 50 = 0 THEN json_object('attachment', json_array(json_object(
		'type', 'Image', 'mediaType', 'image/gif', 'url', 'https://old.example/files/1.gif', 'name', 'a bird, far away')))
	ELSE '{}' END),
	CASE WHEN n % 50 = 0 THEN 1 ELSE 0 END
FROM day;

INSERT INTO follows (follower, followed) VALUES
	('alice', 'https://other.example/users/bob'),
	('alice', 'https://third.example/users/carol');
