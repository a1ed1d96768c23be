-- ?1 is a list of the places of entries and of their ranks, in pairs; ?2 one of the places.
UPDATE godwit_copy_entries SET rank = json_extract(given.value, '$[1]')
FROM json_each(?1) AS given
WHERE at = json_extract(given.value, '$[0]') AND ?2 <> ''
