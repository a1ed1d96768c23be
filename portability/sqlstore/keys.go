package sqlstore

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"
)

// longestKey is how long an id can be, in bytes, to stand in an index as it is:
// PostgreSQL takes 2,704, and some indexes have two.
const longestKey = 1000

// digested is what the keys of odd ids begin with. It is no character.
const digested = "\uffff"

// key returns what an id is known by in the database: itself, or a digest of one that
// is too long, or that not every database takes as text. No two have the same, and
// those that are digests come last.
func key[T ~string](id T) string {
	s := string(id)
	if len(s) <= longestKey && utf8.ValidString(s) && !strings.Contains(s, "\x00") && !strings.HasPrefix(s, digested) {
		return s
	}
	sum := sha256.Sum256([]byte(s))
	return digested + hex.EncodeToString(sum[:])
}

// keys returns a list of them, in JSON.
func keys[T ~string](ids []T) string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = key(id)
	}
	return inJSON(list)
}

// inJSON returns a list in JSON, of what has no other form there.
func inJSON(values any) string {
	text, err := json.Marshal(values)
	if err != nil {
		panic(err) // strings and numbers can always be written
	}
	return string(text)
}

// perJob is how many entries one job can have.
const perJob = int64(1) << 32

// place returns where something with a number stands among all of its table.
func place(job, no int64) int64 { return job*perJob + no }

// behind returns the place behind which, and that before which, what comes after a
// number stands.
func behind(job, after int64) (from, to int64) {
	return place(job, min(max(after, -1), perJob)), place(job+1, 0)
}

// before returns the same for what comes before a number.
func before(job, after int64) (from, to int64) {
	return place(job, -1), place(job, min(max(after, -1), perJob))
}

// number returns the number of what stands at a place.
func number(at int64) int64 { return at % perJob }

// micros returns a time as it is stored, the zero one too.
func micros(t time.Time) int64 { return t.UnixMicro() }

// micro returns a time as it is read back.
func micro(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
