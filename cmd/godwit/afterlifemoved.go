package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// movedPlaces are where accounts went, as -moved-to says.
type movedPlaces struct {
	alone  vocab.IRI            // of the one archive that there is
	places map[string]vocab.IRI // by id, or by user@host in lower case
	first  map[string]string    // where each was said, for faults
	used   map[string]bool
}

// readMoved reads all of -moved-to, before anything is made.
func (j *afterlifeJob) readMoved(ctx context.Context, archives int) (*movedPlaces, error) {
	m := &movedPlaces{places: map[string]vocab.IRI{}, first: map[string]string{}, used: map[string]bool{}}
	for _, said := range j.movedTo {
		old, to, pair := cutPair(said)
		switch {
		case pair:
			if err := m.add("-moved-to", []string{old, to}); err != nil {
				return nil, usageError{j.c.command, err.Error()}
			}
		case !vocab.IRI(said).IsHTTP():
			if err := readRows(ctx, said, m.add); err != nil {
				return nil, err
			}
		case archives > 1 || len(j.movedTo) > 1:
			return nil, usageError{j.c.command, "-moved-to with the new account alone is for one archive; give OLD=NEW, or a file"}
		default:
			m.alone = vocab.IRI(said)
		}
	}
	return m, nil
}

// cutPair takes OLD=NEW apart: "=" is also in URLs, but not before another URL.
func cutPair(said string) (old, to string, found bool) {
	for _, scheme := range []string{"=https://", "=http://"} {
		if i := strings.LastIndex(said, scheme); i > 0 {
			return said[:i], said[i+1:], true
		}
	}
	return said, "", false
}

// add takes one row. One without a new place is of somebody who has not chosen yet.
func (m *movedPlaces) add(where string, row []string) error {
	old, to, err := oldAndNew(row)
	if err != nil {
		return fmt.Errorf("%s: %w", where, err)
	}
	name := movedName(old)
	before, twice := m.places[name]
	switch {
	case to == "":
		return nil
	case !vocab.IRI(old).IsHTTP() && !strings.Contains(name, "@"):
		return fmt.Errorf("%s: the old account is its URL, or @user@host", where)
	case !vocab.IRI(to).IsHTTP():
		return fmt.Errorf("%s: the new account is its URL", where)
	case old == to:
		return fmt.Errorf("%s: the old account and the new one are the same", where)
	case twice && before != vocab.IRI(to):
		return fmt.Errorf("%s: the old account goes elsewhere by %s", where, m.first[name])
	}
	m.places[name], m.first[name] = vocab.IRI(to), where
	return nil
}

// movedName is what an account is found by: a handle has no case.
func movedName(old string) string {
	if vocab.IRI(old).IsHTTP() {
		return old
	}
	return strings.ToLower(strings.TrimPrefix(old, "@"))
}

// of returns where the account of an archive went, "" if nobody said so.
func (m *movedPlaces) of(ctx context.Context, from portability.Source) (vocab.IRI, error) {
	if len(m.places) == 0 {
		return m.alone, nil
	}
	document, err := from.Actor(ctx)
	if errors.Is(err, portability.ErrNoActor) {
		return "", nil // which is told when it is read
	}
	if err != nil {
		return "", err
	}
	var to vocab.IRI
	for _, name := range []string{string(document.ID()), movedName(document.Text(vocab.Username) + "@" + document.ID().Host())} {
		place, said := m.places[name]
		switch {
		case !said:
			continue
		case to != "" && to != place:
			return "", fmt.Errorf("%s: the account goes elsewhere by its URL", m.first[name])
		}
		m.used[name], to = true, place
	}
	return to, nil
}

// unknown are the accounts of which there was no archive.
func (m *movedPlaces) unknown() []string {
	var all []string
	for name := range m.places {
		if !m.used[name] {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}
