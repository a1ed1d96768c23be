package afterlife

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"

	"codeberg.org/godwit/godwit/vocab"
)

// Tombstones is what must answer as gone, whatever a door file holds. They lie in a
// file of their own, to which lines are only added, and name things by digests
// alone. They are safe for concurrent use, also by several processes.
type Tombstones struct {
	journal *journal
	mu      sync.RWMutex
	gone    map[key]bool
}

// ErrUnknown says that nothing in the door file has the name.
var ErrUnknown = errors.New("the door file has no such thing")

// ErrGone says that an account is forgotten.
var ErrGone = errors.New("the account is forgotten")

// OpenTombstones opens the tombstones in a file, and makes it if it is not there. It
// belongs beside the door file, not inside, so that it is there when that is built
// anew: [TombstonesPath]. The caller closes them.
func OpenTombstones(path string) (*Tombstones, error) {
	t := &Tombstones{gone: map[key]bool{}}
	j, err := openJournal(path, t.take)
	if err != nil {
		return nil, fmt.Errorf("open tombstones: %w", err)
	}
	t.journal = j
	return t, nil
}

// TombstonesPath is where the tombstones of a door file lie.
func TombstonesPath(door string) string { return strings.TrimRight(door, "/") + ".forgotten" }

// Close frees the file.
func (t *Tombstones) Close() error { return t.journal.Close() }

// Refresh takes what other processes have added.
func (t *Tombstones) Refresh() error { return t.journal.refresh() }

func (t *Tombstones) take(line []byte) error {
	raw, err := hex.DecodeString(string(line))
	if err != nil || len(raw) != len(key{}) {
		return nil // of a later version
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.gone[key(raw)] = true
	return nil
}

// Len is how many there are.
func (t *Tombstones) Len() int {
	if t == nil {
		return 0
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	return len(t.gone)
}

// has reports whether any of the keys is forgotten.
func (t *Tombstones) has(keys ...key) bool {
	if t == nil {
		return false
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	for _, k := range keys {
		if t.gone[k] {
			return true
		}
	}
	return false
}

// hasAny reports whether any of the addresses was forgotten itself.
func (t *Tombstones) hasAny(urls []vocab.IRI) bool {
	for _, u := range urls {
		if a, ok := addressOf(u); ok && t.has(a.key()) {
			return true
		}
	}
	return false
}

// Account returns [ErrGone] for an account that is forgotten. Nil tombstones have none.
func (t *Tombstones) Account(id vocab.IRI) error {
	if t.has(accountKey(id)) {
		return ErrGone
	}
	return nil
}

func (t *Tombstones) add(keys ...key) error {
	var lines [][]byte
	for _, k := range keys {
		if !t.has(k) {
			lines = append(lines, []byte(hex.EncodeToString(k[:])))
		}
	}
	return t.journal.add(lines...)
}

// Forget has whatever stands at an address answer as gone, for good: an account with
// all that it wrote and uploaded, an object with the files that nothing else shows,
// or a file under all its addresses. What the door file does not know is
// [ErrUnknown], and forgotten all the same: it may come with another archive.
// Forgetting twice is forgetting once.
func (t *Tombstones) Forget(d *Door, url vocab.IRI) error {
	a, ok := addressOf(url)
	if !ok {
		return fmt.Errorf("forget: %w", ErrUnknown)
	}
	r, err := d.find(a)
	if errors.Is(err, ErrUnknown) {
		return errors.Join(t.add(a.key(), itemKey(url), accountKey(url)), fmt.Errorf("forget: %w", ErrUnknown))
	}
	if err != nil {
		return fmt.Errorf("forget: %w", err)
	}
	if err := t.add(append(d.keysOf(r), a.key())...); err != nil {
		return fmt.Errorf("forget: %w", err)
	}
	return nil
}

// keysOf are those under which all of a thing is forgotten.
func (d *Door) keysOf(r *record) []key {
	switch {
	case r.role == isMedium:
		return []key{digestKey(r.digest)}
	case !r.item.isZero():
		return []key{r.item}
	}
	return []key{accountKey(d.accounts[r.account].ID)}
}

// covers reports whether what a record shows is forgotten.
func (t *Tombstones) covers(r *record, account func(uint32) vocab.IRI) bool {
	if t.Len() == 0 {
		return false
	}
	if r.role == isMedium {
		return t.has(r.key(), digestKey(r.digest)) || t.coversUsers(r.users, account)
	}
	return t.has(r.key(), accountKey(account(r.account))) || !r.item.isZero() && t.has(r.item)
}

// coversUsers reports whether all that show a file are forgotten.
func (t *Tombstones) coversUsers(users []use, account func(uint32) vocab.IRI) bool {
	for _, u := range users {
		if !t.has(accountKey(account(u.account))) && (u.item.isZero() || !t.has(u.item)) {
			return false
		}
	}
	return len(users) > 0 && len(users) < 2*mostUses
}
