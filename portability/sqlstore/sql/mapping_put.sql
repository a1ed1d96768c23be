INSERT INTO godwit_copy_mappings (
	old, id, new_id, url, kind, from_id, to_id, audience, copied, gone, odd
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
ON CONFLICT (old) DO UPDATE SET
	id = excluded.id, new_id = excluded.new_id, url = excluded.url, kind = excluded.kind, to_id = excluded.to_id,
	audience = excluded.audience, copied = excluded.copied, gone = excluded.gone, odd = excluded.odd
WHERE godwit_copy_mappings.from_id = excluded.from_id
	AND (excluded.kind <> 'media' OR godwit_copy_mappings.kind = 'media')
