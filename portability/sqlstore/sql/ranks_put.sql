-- ?1 is a list of pairs.
UPDATE godwit_copy_entries SET rank = json_extract(given.value, '$[1]')
FROM json_each(?1) AS given
WHERE at = json_extract(given.value, '$[0]')
