INSERT INTO godwit_copy_entries (
	at, job_no, kind, id, stage, state, intended, reason, new_id, urls,
	audience, parent, published, digest, rank, run, size, odd, put, was
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)
ON CONFLICT (job_no, id, kind) DO UPDATE SET
	stage = excluded.stage, state = excluded.state, intended = excluded.intended, reason = excluded.reason,
	new_id = excluded.new_id, urls = excluded.urls, audience = excluded.audience, parent = excluded.parent,
	published = excluded.published, digest = excluded.digest, rank = excluded.rank, run = excluded.run,
	size = excluded.size, odd = excluded.odd, put = excluded.put, was = excluded.was
