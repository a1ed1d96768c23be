SELECT m.old, m.id, m.new_id, m.url, m.kind, m.from_id, m.to_id, m.audience, m.copied, m.gone, m.odd FROM godwit_copy_mappings AS m WHERE m.from_id = ?3 AND m.old > ?1 ORDER BY m.old LIMIT ?2
