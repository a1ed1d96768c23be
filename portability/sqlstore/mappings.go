package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"iter"
	"slices"

	"codeberg.org/godwit/godwit/internal/sqldb"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// mappingsAtOnce is how many mappings are read at a time.
const mappingsAtOnce = 1000

// mappingRow returns the columns of a mapping, in the order of the statement.
func mappingRow(m *portability.Mapping) []any {
	row := []any{
		key(m.Old), key(m.ID), key(m.New), key(m.URL), string(m.Kind), key(m.From), key(m.To), string(m.Audience), micros(m.At), flag(m.Gone), nil,
	}
	for i, exact := range map[int]vocab.IRI{0: m.Old, 1: m.ID, 2: m.New, 3: m.URL, 5: m.From, 6: m.To} {
		if row[i] != string(exact) {
			row[10] = inJSON(oddMapping{[]byte(m.Old), []byte(m.ID), []byte(m.New), []byte(m.URL), []byte(m.From), []byte(m.To)})
		}
	}
	return row
}

// oddMapping are the exact IRIs of a mapping of which one is known by a digest.
type oddMapping struct{ Old, ID, New, URL, From, To []byte }

func scanMapping(rows *sql.Rows) (m portability.Mapping, err error) {
	var odd sql.RawBytes
	var at = m.At
	err = rows.Scan(&m.Old, &m.ID, &m.New, &m.URL, &m.Kind, &m.From, &m.To, &m.Audience, sqldb.Time(&at), &m.Gone, &odd)
	if err == nil && len(odd) > 0 {
		var exact oddMapping
		err = json.Unmarshal(odd, &exact)
		m.Old, m.ID, m.New, m.URL = vocab.IRI(exact.Old), vocab.IRI(exact.ID), vocab.IRI(exact.New), vocab.IRI(exact.URL)
		m.From, m.To = vocab.IRI(exact.From), vocab.IRI(exact.To)
	}
	m.At = at
	return m, err
}

// Find implements [portability.URIMap].
func (s *Store) Find(ctx context.Context, olds []vocab.IRI) (map[vocab.IRI]portability.Mapping, error) {
	found := make(map[vocab.IRI]portability.Mapping, len(olds))
	err := s.statements.Query(ctx, "mappings_found", func(rows *sql.Rows) error {
		m, err := scanMapping(rows)
		found[m.Old] = m
		return err
	}, keys(olds))
	if err != nil {
		return nil, err
	}
	return found, nil
}

// Mappings implements [portability.URIMap]. Those whose Old is longer than 1,000
// bytes come last, in no order that means anything.
func (s *Store) Mappings(ctx context.Context, from, after vocab.IRI) iter.Seq2[portability.Mapping, error] {
	return pages(func(last *portability.Mapping) (page []portability.Mapping, err error) {
		if last != nil {
			after = last.Old
		}
		statement, args := "mappings", []any{key(after), int64(mappingsAtOnce)}
		if from != "" {
			statement, args = "mappings_of", append(args, key(from))
		}
		err = s.statements.Page(ctx, statement, func(rows *sql.Rows) error {
			m, err := scanMapping(rows)
			page = append(page, m)
			return err
		}, args...)
		return page, err
	})
}

// Map implements [portability.URIMap].
func (s *Store) Map(ctx context.Context, mappings []portability.Mapping) error {
	var taken error
	err := s.batcher.Do(ctx, func(tx *sqldb.Tx) (err error) {
		taken, err = putMappings(tx, mappings)
		return err
	})
	return cmp.Or(err, taken)
}

// putMappings stores mappings but those of IRIs that another account has, of which it
// tells one.
func putMappings(tx *sqldb.Tx, mappings []portability.Mapping) (taken, err error) {
	own, taken := closest(mappings)
	rows := [][]any{}
	for i := range own {
		rows = append(rows, mappingRow(&own[i]))
	}
	touched, err := insert(tx, "mapping_put", rows)
	if err != nil || touched == int64(len(rows)) {
		return taken, err
	}
	others, err := settleTaken(tx, own)
	return cmp.Or(taken, others), err
}

// closest returns the mapping of each IRI that takes the place of the others, by
// their IRIs: two commits that write the same rows do so in one order.
func closest(mappings []portability.Mapping) (own []portability.Mapping, taken error) {
	byOld := make(map[vocab.IRI]int, len(mappings))
	for _, m := range mappings {
		i, there := byOld[m.Old]
		switch {
		case !there:
			byOld[m.Old] = len(own)
			own = append(own, m)
		case m.Replaces(own[i]):
			own[i] = m
		case own[i].From != m.From:
			taken = &portability.MapError{Old: m.Old}
		}
	}
	slices.SortFunc(own, func(a, b portability.Mapping) int { return cmp.Compare(key(a.Old), key(b.Old)) })
	return own, taken
}

// settleTaken stores those mappings whose IRIs another account has and this one is
// closer to, and tells of one where it is not. The rows were locked when it was tried
// to insert them.
func settleTaken(tx *sqldb.Tx, mappings []portability.Mapping) (taken, err error) {
	known := make(map[vocab.IRI]portability.Mapping, len(mappings))
	olds := make([]vocab.IRI, len(mappings))
	for i, m := range mappings {
		olds[i] = m.Old
	}
	err = tx.Query("mappings_found", func(rows *sql.Rows) error {
		there, err := scanMapping(rows)
		known[there.Old] = there
		return err
	}, keys(olds))
	for _, m := range mappings {
		there := known[m.Old]
		switch {
		case err != nil:
			return nil, err
		case there.From == m.From:
		case m.Replaces(there):
			_, err = tx.Exec("mapping_win", append(mappingRow(&m), key(there.From))...)
		default:
			taken = &portability.MapError{Old: m.Old}
		}
	}
	return taken, err
}
