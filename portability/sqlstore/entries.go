package sqlstore

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"iter"
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/internal/sqldb"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// oddEntry are the exact ids of an entry of which one is known by a digest. They need not
// be text: what an archive calls its files is the id of those that nobody knows.
type oddEntry struct{ ID, Parent, NewID []byte }

// entryRow returns the columns of an entry, in the order of the statement.
func entryRow(job int64, e *portability.Entry) []any {
	id, parent, newID := key(e.ID), key(e.Parent), key(string(e.NewID))
	var odd, digest, was any
	if id != e.ID || parent != e.Parent || newID != string(e.NewID) {
		odd = inJSON(oddEntry{[]byte(e.ID), []byte(e.Parent), []byte(e.NewID)})
	}
	if e.Digest != [32]byte{} {
		digest = e.Digest[:]
	}
	if e.Was != nil {
		was = inJSON(e.Was)
	}
	return []any{
		place(job, e.No), job, string(e.Kind), id, string(e.Stage), string(e.State), flag(e.Intended), string(e.Reason), newID, urlList(e.URLs),
		string(e.Audience), parent, micros(e.Published), digest, e.Rank, int64(e.Run), e.Size, odd, int64(e.Put), was,
	}
}

func urlList(urls []vocab.IRI) string {
	if len(urls) == 0 {
		return ""
	}
	return inJSON(urls)
}

// urlsIn reads what [urlList] wrote. One URL without escapes, as most entries have, is
// taken as it stands between its quotes.
func urlsIn(list []byte) (urls []vocab.IRI, err error) {
	if len(list) == 0 {
		return nil, nil
	}
	one, ok := bytes.CutPrefix(list, []byte(`["`))
	if one, end := bytes.CutSuffix(one, []byte(`"]`)); ok && end && !bytes.ContainsAny(one, `"\`) {
		return []vocab.IRI{vocab.IRI(one)}, nil
	}
	err = json.Unmarshal(list, &urls)
	return urls, err
}

func scanEntry(rows *sql.Rows) (e portability.Entry, err error) {
	var urls, odd, was sql.RawBytes
	var digest []byte
	err = rows.Scan(
		&e.No, &e.Kind, &e.ID, &e.Stage, &e.State, &e.Intended, &e.Reason, &e.NewID, &urls,
		&e.Audience, &e.Parent, sqldb.Time(&e.Published), &digest, &e.Rank, &e.Run, &e.Size, &odd, &e.Put, &was,
	)
	if err != nil {
		return e, err
	}
	e.No = number(e.No)
	copy(e.Digest[:], digest)
	if e.URLs, err = urlsIn(urls); err != nil {
		return e, err
	}
	if len(was) > 0 {
		if err := json.Unmarshal(was, &e.Was); err != nil {
			return e, err
		}
	}
	if len(odd) > 0 {
		var exact oddEntry
		err = json.Unmarshal(odd, &exact)
		e.ID, e.Parent, e.NewID = string(exact.ID), string(exact.Parent), vocab.IRI(exact.NewID)
	}
	return e, err
}

// entriesAtOnce is how many entries are read at a time.
const entriesAtOnce = 1000

// Entries implements [portability.Entries].
func (s *Store) Entries(ctx context.Context, job string, after int64, f portability.EntryFilter) iter.Seq2[portability.Entry, error] {
	return pages(func(last *portability.Entry) ([]portability.Entry, error) {
		no, err := s.number(ctx, job)
		if err != nil {
			return nil, err
		}
		if last != nil {
			after = last.No
		}
		return s.entries(ctx, no, after, f)
	})
}

func (s *Store) entries(ctx context.Context, job, after int64, f portability.EntryFilter) (page []portability.Entry, err error) {
	from, to := behind(job, after)
	if f.Down {
		from, to = before(job, after)
	}
	statement := map[bool]string{true: "entries_down", false: "entries_up"}[f.Down]
	err = s.statements.Page(ctx, statement, func(rows *sql.Rows) error {
		e, err := scanEntry(rows)
		page = append(page, e)
		return err
	}, from, to, string(f.Kind), flag(f.Staged), states(f.States), int64(f.Before), int64(entriesAtOnce), string(f.Stage))
	if err != nil {
		return nil, err
	}
	return page, nil
}

// states returns a list of states with a comma before and behind each, "" for none.
func states(list []portability.State) string {
	var b strings.Builder
	for _, state := range list {
		b.WriteString("," + string(state))
	}
	if b.Len() > 0 {
		b.WriteByte(',')
	}
	return b.String()
}

// Known implements [portability.Entries].
func (s *Store) Known(ctx context.Context, job string, refs []portability.Ref) (map[portability.Ref]portability.Entry, error) {
	no, err := s.number(ctx, job)
	if err != nil {
		return nil, err
	}
	known := make(map[portability.Ref]portability.Entry, len(refs))
	asked := make(map[portability.Ref]bool, len(refs))
	ids := make([]string, 0, len(refs))
	for _, ref := range refs {
		asked[ref] = true
		ids = append(ids, ref.ID)
	}
	err = s.statements.Query(ctx, "entries_known", func(rows *sql.Rows) error {
		e, err := scanEntry(rows)
		if err == nil && asked[e.Ref] {
			known[e.Ref] = e
		}
		return err
	}, no, keys(ids))
	if err != nil {
		return nil, err
	}
	return known, nil
}

// Owners implements [portability.Entries].
func (s *Store) Owners(ctx context.Context, job string, olds []vocab.IRI) (map[vocab.IRI]portability.Ref, error) {
	no, err := s.number(ctx, job)
	if err != nil {
		return nil, err
	}
	byKey := make(map[string]vocab.IRI, len(olds))
	for _, old := range olds {
		byKey[key(old)] = old
	}
	owners := make(map[vocab.IRI]portability.Ref, len(olds))
	err = s.statements.Query(ctx, "owners", func(rows *sql.Rows) error {
		old, ref, err := scanOwner(rows)
		owners[byKey[old]] = ref
		return err
	}, no, keys(olds), digested)
	if err != nil {
		return nil, err
	}
	return owners, nil
}

// scanOwner reads the key of an old IRI, and the item that it stands for.
func scanOwner(rows *sql.Rows) (old string, ref portability.Ref, err error) {
	var id sql.NullString
	var odd sql.RawBytes
	if err := rows.Scan(&old, &ref.Kind, &id, &odd); err != nil {
		return old, ref, err
	}
	if ref.ID = id.String; !id.Valid {
		ref.ID = old
	}
	if len(odd) > 0 {
		var exact oddEntry
		err = json.Unmarshal(odd, &exact)
		ref.ID = string(exact.ID)
	}
	return old, ref, err
}

// Names implements [portability.Entries]. Those of which only a digest is kept are left
// out.
func (s *Store) Names(ctx context.Context, job string, after vocab.IRI) iter.Seq2[vocab.IRI, error] {
	var no int64
	return pages(func(last *vocab.IRI) (page []vocab.IRI, err error) {
		if last != nil {
			after = *last
		} else if no, err = s.number(ctx, job); err != nil {
			return nil, err
		}
		err = s.statements.Page(ctx, "names", func(rows *sql.Rows) error {
			var old vocab.IRI
			err := rows.Scan(&old)
			page = append(page, old)
			return err
		}, no, key(after), digested, int64(mappingsAtOnce))
		return page, err
	})
}

// putEntries stores entries, and has what is held take its turn by their ranks.
func putEntries(tx *sqldb.Tx, job int64, entries []portability.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	rows, ats := [][]any{}, []int64{}
	for _, e := range lastOf(entries, func(e portability.Entry) portability.Ref { return e.Ref }) {
		rows, ats = append(rows, entryRow(job, &e)), append(ats, place(job, e.No))
	}
	if _, err := insert(tx, "entry_put", rows); err != nil {
		return err
	}
	holds := false
	err := tx.Query("turns_any", func(*sql.Rows) error { holds = true; return nil }, job)
	if err != nil || !holds {
		return err
	}
	_, err = tx.Exec("turns_follow", inJSON(ats))
	return err
}

// putNames stores what old IRIs stand for.
func putNames(tx *sqldb.Tx, job int64, names []portability.Name) error {
	rows := [][]any{}
	for _, n := range lastOf(names, func(n portability.Name) vocab.IRI { return n.Old }) {
		old, id := key(n.Old), any(key(n.Ref.ID))
		if id == any(old) {
			id = nil
		}
		rows = append(rows, []any{job, old, string(n.Ref.Kind), id})
	}
	_, err := insert(tx, "name_put", rows)
	return err
}

// lastOf returns the last of those that have the same key, in order.
func lastOf[T any, K comparable](all []T, keyOf func(T) K) []T {
	seen := make(map[K]bool, len(all))
	kept := make([]T, 0, len(all))
	for _, one := range slices.Backward(all) {
		if k := keyOf(one); !seen[k] {
			seen[k] = true
			kept = append(kept, one)
		}
	}
	slices.Reverse(kept)
	return kept
}
