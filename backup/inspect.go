package backup

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"time"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// An Inventory is what an account's source has, by kind.
type Inventory struct {
	Format Format      `json:"format,omitzero"` // of a [Reader] or [Set]
	Actor  vocab.IRI   `json:"actor,omitempty"`
	Handle string      `json:"handle,omitempty"` // the name on its server; "" if unknown
	Kinds  []KindCount `json:"kinds"`            // in the order in which they are copied; kinds without items are left out
	Files  FileCount   `json:"files"`
	// Problems are of the whole, Lost what salvage had to give up.
	Problems []Problem `json:"problems,omitempty"`
	Lost     []Problem `json:"lost,omitempty"`
}

// A KindCount is what there is of one kind.
type KindCount struct {
	Kind      portability.Kind               `json:"kind"`
	Items     int64                          `json:"items"`
	Bytes     int64                          `json:"bytes"`               // of the documents
	Said      int64                          `json:"said,omitempty"`      // how many the source says there are, where that differs
	Audiences map[portability.Audience]int64 `json:"audiences,omitempty"` // of content, outbox and history
	Types     map[string]int64               `json:"types,omitempty"`     // of content and outbox; at most 64, the rest under "other"
	Problems  map[portability.Reason]int64   `json:"problems,omitempty"`
	Unusable  int64                          `json:"unusable,omitempty"` // of Items, those with a fatal problem
	First     time.Time                      `json:"first,omitzero"`     // published; of items that say when
	Last      time.Time                      `json:"last,omitzero"`
}

// A FileCount is what the items say of the files that they use. One that several
// use is counted once.
type FileCount struct {
	Here    int64 `json:"here"`    // in the archive
	Bytes   int64 `json:"bytes"`   // as far as sizes are known
	Missing int64 `json:"missing"` // used, and not there
}

// InspectOptions adjust [Inspect]. A nil *InspectOptions is the same as a zero one.
type InspectOptions struct {
	// Progress, if not nil, is called now and then with how many items of a kind
	// were read.
	Progress func(k portability.Kind, items int64)
}

// Inspect reads an account whole, except its files, and tells what is there. It
// remembers 16 bytes of each of the first million files that are used, and else
// nothing that grows with the account; a file behind these counts as often as it is
// used. The error is about the whole; the Inventory says how far it came then.
func Inspect(ctx context.Context, from portability.Source, o *InspectOptions) (*Inventory, error) {
	i := inspector{from: from, seed: maphash.MakeSeed(), files: map[uint64]bool{}, inventory: &Inventory{}}
	if o != nil {
		i.options = *o
	}
	if err := i.all(ctx); err != nil {
		return i.inventory, fmt.Errorf("inspect: %w", err)
	}
	return i.inventory, nil
}

type inspector struct {
	options   InspectOptions
	from      portability.Source
	who       portability.Readership
	seed      maphash.Seed
	files     map[uint64]bool
	inventory *Inventory
}

func (i *inspector) all(ctx context.Context) error {
	if err := i.whose(ctx); err != nil {
		return err
	}
	kinds, err := i.from.Kinds(ctx)
	if err != nil {
		return err
	}
	for _, k := range kinds {
		if err := i.kind(ctx, k); err != nil {
			return err
		}
	}
	if own, ok := i.from.(telling); ok {
		i.inventory.Format = own.Format()
		i.inventory.Problems, i.inventory.Lost = own.Problems(), own.Lost()
	}
	if alone, ok := i.from.(*Reader); ok {
		i.inventory.Problems = append(i.inventory.Problems, alone.Missing()...)
	}
	return nil
}

// telling is what an archive, or several together, can tell besides their items.
type telling interface {
	Format() Format
	Owner() portability.Readership
	Problems() []Problem
	Lost() []Problem
}

var (
	_ telling = (*Reader)(nil)
	_ telling = (*Set)(nil)
)

func (i *inspector) whose(ctx context.Context) error {
	doc, err := i.from.Actor(ctx)
	if err != nil && !errors.Is(err, portability.ErrNoActor) {
		return err
	}
	i.who = portability.ReadershipOf(doc)
	if doc != nil {
		i.inventory.Actor, i.inventory.Handle = doc.ID(), doc.Text(vocab.Username)
	}
	if own, ok := i.from.(telling); ok {
		i.who = own.Owner()
	}
	return nil
}

const between = 1000 // items from one call of Progress to the next

func (i *inspector) kind(ctx context.Context, k portability.Kind) error {
	i.inventory.Kinds = append(i.inventory.Kinds, KindCount{Kind: k})
	c := &i.inventory.Kinds[len(i.inventory.Kinds)-1]
	for item, err := range i.from.Items(ctx, k, "") {
		if err != nil {
			return err
		}
		c.add(item, i.who)
		i.media(item)
		if i.options.Progress != nil && c.Items%between == 0 {
			i.options.Progress(k, c.Items)
		}
	}
	if counter, ok := i.from.(portability.Counter); ok {
		if said, exact, err := counter.Count(ctx, k); err == nil && !exact && said != c.Items {
			c.Said = said
		}
	}
	return nil
}

func (i *inspector) media(item portability.Item) {
	for _, m := range item.Media {
		key := maphash.String(i.seed, m.Path+"\x00"+string(m.URL))
		if m.Path != "" {
			key = maphash.String(i.seed, m.Path)
		}
		files := &i.inventory.Files
		switch {
		case i.files[key]:
			continue
		case m.Path == "":
			files.Missing++
		default:
			files.Here++
			files.Bytes += max(m.Size, 0)
		}
		if len(i.files) < mostFiles {
			i.files[key] = true
		}
	}
}

const (
	mostTypes = 64
	mostFiles = 1 << 20
)

func (c *KindCount) add(item portability.Item, who portability.Readership) {
	c.Items++
	c.Bytes += int64(len(item.Raw))
	if _, fatal := item.Fatal(); fatal {
		c.Unusable++
	}
	for _, p := range item.Problems {
		tally(&c.Problems, p.Reason)
	}
	o := item.Object
	if o == nil {
		return
	}
	c.Bytes += int64(len(o.Bytes()))
	switch c.Kind {
	case portability.Content, portability.Outbox, portability.History:
		audience, _ := who.AudienceOf(item)
		tally(&c.Audiences, audience)
		c.typed(o.Type())
		c.dated(o)
	}
}

func (c *KindCount) typed(name string) {
	if _, known := c.Types[name]; !known && len(c.Types) >= mostTypes {
		name = "other"
	}
	tally(&c.Types, name)
}

func (c *KindCount) dated(o *vocab.Object) {
	when, ok := o.Time(vocab.Published)
	if !ok {
		return
	}
	if c.First.IsZero() || when.Before(c.First) {
		c.First = when
	}
	if when.After(c.Last) {
		c.Last = when
	}
}

func tally[K comparable](counts *map[K]int64, what K) {
	if *counts == nil {
		*counts = map[K]int64{}
	}
	(*counts)[what]++
}
