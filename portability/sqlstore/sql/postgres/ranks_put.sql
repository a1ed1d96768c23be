UPDATE godwit_copy_entries SET rank = CAST(given.pair ->> 1 AS BIGINT)
FROM json_array_elements(CAST(?1 AS json)) AS given (pair)
WHERE at = CAST(given.pair ->> 0 AS BIGINT) AND at = ANY (CAST(translate(?2, '[]', '{}') AS BIGINT[]))
