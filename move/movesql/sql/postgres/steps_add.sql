INSERT INTO godwit_move_steps (
	case_no, party, side, host, state, due, attempts, status, reason, from_id, cursor, since, version
)
SELECT
	?1, s->>0, s->>1, s->>2, s->>3, CAST(s->>4 AS bigint), CAST(s->>5 AS bigint),
	CAST(s->>6 AS bigint), s->>7, s->>8, s->>9, CAST(s->>10 AS bigint), 1
FROM json_array_elements(CAST(CAST(?2 AS text) AS json)) AS page (s)
ON CONFLICT (case_no, left(party, 300), hashtextextended(party, 0)) DO NOTHING
