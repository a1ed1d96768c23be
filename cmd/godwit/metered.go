package main

import (
	"context"
	"iter"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
)

// A metered archive shows how far it was read.
type metered struct {
	*backup.Set
	meter *meter
	each  func(portability.Item) // called for each item if not nil
}

const showEvery = 100 // items

// Items implements portability.Source.
func (a metered) Items(ctx context.Context, k portability.Kind, after string) iter.Seq2[portability.Item, error] {
	return func(yield func(portability.Item, error) bool) {
		n, total := int64(0), saidOf(a.Set, k)
		if after != "" {
			total = 0 // it goes on somewhere
		}
		for item, err := range a.Set.Items(ctx, k, after) {
			if n++; n%showEvery == 0 {
				a.meter.items(string(k), n, total)
			}
			if a.each != nil && err == nil {
				a.each(item)
			}
			if !yield(item, err) {
				return
			}
		}
	}
}

// finishing shows that the last word of a sink takes its time.
type finishing struct {
	writer
	meter *meter
	what  string
}

// Finish implements portability.Finisher.
func (f finishing) Finish(ctx context.Context) error {
	f.meter.busy(f.what)
	return f.writer.Finish(ctx)
}
