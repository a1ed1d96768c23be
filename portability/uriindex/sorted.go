package uriindex

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"strings"

	"codeberg.org/godwit/godwit/internal/scratch"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// ErrMapping says that a mapping has no Old, or a word of more than 64 KiB.
var ErrMapping = errors.New("an index cannot hold such a mapping")

// A TwiceError says that two mappings have one Old.
type TwiceError struct{ Old vocab.IRI }

func (e *TwiceError) Error() string { return "two mappings of " + shown(e.Old) }

// shown is an IRI as it may stand in an error: without its query, which may be
// somebody's own, and not without end.
func shown(iri vocab.IRI) string {
	text, _, cut := strings.Cut(string(iri), "?")
	if cut {
		text += "?…"
	}
	return fmt.Sprintf("%.200q", text)
}

func check(m portability.Mapping) error {
	if m.Old == "" {
		return fmt.Errorf("%w: it has no old IRI, and leads to %s", ErrMapping, shown(m.New))
	}
	for _, word := range []string{string(m.Old), string(m.ID), string(m.New), string(m.URL),
		string(m.Kind), string(m.From), string(m.To), string(m.Audience)} {
		if len(word) > longestText {
			return fmt.Errorf("%w: %s has a word of %d bytes", ErrMapping, shown(m.Old), len(word))
		}
	}
	return nil
}

// A record of the sorter is Old, so written that records sort as it does; the number
// of the mapping; its group; its value.
const sortedNumber = 8

func appendSorted(b []byte, m portability.Mapping, n uint64) []byte {
	for rest := string(m.Old); ; {
		before, after, found := strings.Cut(rest, "\x00")
		b = append(b, before...)
		if !found {
			break
		}
		b, rest = append(b, 0, 0xff), after
	}
	b = binary.BigEndian.AppendUint64(append(b, 0, 1), n)
	return appendValue(groupOf(m).append(b), m, 0)
}

func decodeSorted(record []byte) (portability.Mapping, error) {
	_, rest, found := bytes.Cut(record, []byte{0, 1})
	if !found || len(rest) < sortedNumber {
		return portability.Mapping{}, errShort
	}
	r := words{rest: string(rest[sortedNumber:])}
	g := readGroup(&r)
	m, _, ok := decodeValue(r.rest)
	if r.bad || !ok {
		return portability.Mapping{}, errShort
	}
	return g.complete(m), nil
}

// merged yields one mapping for each Old.
func (b *builder) merged(sorter *scratch.Sorter, merge bool) iter.Seq2[portability.Mapping, error] {
	return func(yield func(portability.Mapping, error) bool) {
		var held portability.Mapping
		for record, err := range sorter.All() {
			var m portability.Mapping
			if err == nil {
				m, err = decodeSorted(record)
			}
			if err == nil && m.Old == held.Old && !merge {
				err = &TwiceError{Old: m.Old}
			}
			if err != nil {
				yield(m, err)
				return
			}
			switch {
			case m.Old != held.Old:
				if held.Old != "" && !yield(held, nil) {
					return
				}
				held = m
			case m.From == held.From:
				held = m
				b.stats.Replaced++
			default:
				b.stats.Foreign++
			}
		}
		if held.Old != "" {
			yield(held, nil)
		}
	}
}
