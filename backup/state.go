package backup

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"codeberg.org/godwit/godwit/portability"
)

// ErrDamaged says that a work folder cannot be gone on from.
var ErrDamaged = errors.New("the work folder is damaged; remove it to begin again")

const stateFile, stateVersion = "state.json", 1

// A state is what is known of what was put. It is saved whole, and says how much of
// each spool counts.
type state struct {
	Version   int
	Options   string // their fingerprint
	Created   time.Time
	Ends      map[string]int64
	Names     int64 // length of the table of names
	Positions map[portability.Kind]string
	Counts    counts
	// Recount: audiences were counted before the account was known.
	Recount bool
	// Assembling: everything was put.
	Assembling bool
	// Placing: the archive is whole, and its files are being named.
	Placing bool
}

func newState() state {
	return state{Version: stateVersion, Ends: map[string]int64{}, Positions: map[portability.Kind]string{}, Counts: counts{}}
}

// load reads the state of a work folder. That there is none wraps fs.ErrNotExist.
func (d *disk) load() (state, error) {
	data, err := os.ReadFile(d.path(stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return state{}, err
	}
	if err != nil {
		return state{}, diskError("the state", err)
	}
	s := newState()
	if err := json.Unmarshal(data, &s); err != nil || s.Version != stateVersion {
		return state{}, ErrDamaged
	}
	for name, end := range s.Ends {
		info, err := os.Stat(d.path(name + ".spool"))
		if end < 0 || err != nil && end > 0 || err == nil && info.Size() < end {
			return state{}, fmt.Errorf("the spool of %s: %w", name, ErrDamaged)
		}
	}
	return s, nil
}

// save makes everything that was put safe, and then says so.
func (w *Writer) save() error {
	for name, s := range w.spools {
		if err := s.sync(); err != nil {
			return err
		}
		w.Ends[name] = s.end
	}
	names, err := w.known.sync()
	if err != nil {
		return err
	}
	w.Names = names
	data, err := json.Marshal(w.state)
	if err != nil {
		return fmt.Errorf("the state: %w", err)
	}
	if err := w.disk.replace(stateFile, "the state", data); err != nil {
		return err
	}
	w.unsaved, w.saved = 0, time.Now()
	return nil
}

// counts are numbers of items by what happened to them. The parts of a name are
// parted by spaces; kinds and reasons have none.
type counts map[string]int64

func (c counts) add(parts ...any) { c[countName(parts...)]++ }

func countName(parts ...any) string {
	text := ""
	for i, part := range parts {
		if i > 0 {
			text += " "
		}
		text += fmt.Sprint(part)
	}
	return text
}

func hasAudience(k portability.Kind) bool {
	return k == portability.Content || k == portability.Outbox
}

// audience counts for whom an item is.
func (c counts) audience(who portability.Readership, item portability.Item) {
	audience, said := who.AudienceOf(item)
	c.add("audience", item.Kind, audience)
	if !said {
		c.add("unaddressed", item.Kind)
	}
}
