package dialect

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"codeberg.org/godwit/godwit/backup/csvlist"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// filtersPart reads Mastodon's custom_filters.json.
func filtersPart(a *Account, v *View, entry string) Part {
	return Part{Kind: portability.Filters, Name: entry, Said: -1, Each: func(ctx context.Context) iter.Seq2[portability.Item, error] {
		return markRepeated(filterItems(ctx, a, v, entry))
	}}
}

func filterItems(ctx context.Context, a *Account, v *View, entry string) iter.Seq2[portability.Item, error] {
	return func(yield func(portability.Item, error) bool) {
		r, err := v.Open(ctx, entry)
		if err != nil {
			yieldUnlessDamaged(a, v, entry, err, yield)
			return
		}
		defer r.Close()
		for filter, err := range csvlist.ReadFilters(r) {
			var bad *csvlist.RowError
			switch {
			case ctx.Err() != nil:
				yield(portability.Item{}, ctx.Err())
				return
			case errors.As(err, &bad):
				a.Note(Problem{RowUnusable, entry, fmt.Sprintf("filter %d: %s", bad.Line, bad.Reason)})
			case errors.Is(err, csvlist.ErrFilters), errors.Is(err, csvlist.ErrTooLarge):
				a.Note(Problem{PartlyRead, entry, "the filters before are whole"})
				return
			case err != nil:
				yieldUnlessDamaged(a, v, entry, err, yield)
				return
			case !yield(filterItem(v, filter), nil):
				return
			}
		}
	}
}

// filterItem makes a filter's document of portability/DESIGN.md.
func filterItem(v *View, f csvlist.Filter) portability.Item {
	item := portability.Item{Ref: portability.Ref{Kind: portability.Filters, ID: f.Title}}
	var m maker
	m.put("title", f.Title)
	m.put("context", f.Context)
	var keywords []map[string]any
	for _, k := range f.Keywords {
		keywords = append(keywords, map[string]any{"keyword": k.Text, "wholeWord": k.WholeWord})
	}
	m.put("keywords", keywords)
	m.put("statuses", f.Statuses)
	m.put("action", f.Action)
	if !f.Expires.IsZero() {
		m.put("until", f.Expires.UTC().Format(time.RFC3339Nano))
	}
	original, err := v.Parse(f.Raw)
	if err == nil && hasMore(original) {
		return m.finish(item, original)
	}
	if item.Object, err = m.build(); err != nil {
		item.Problems = []portability.Problem{{Reason: portability.Unreadable, Fatal: true}}
	}
	return item
}

// hasMore reports whether a filter has members that its document does not tell.
func hasMore(o *vocab.Object) bool {
	known := []string{"title", "expires_at", "expire_at", "context", "action", "keywords_attributes", "statuses"}
	for name := range o.Members() {
		if !slices.Contains(known, name) {
			return true
		}
	}
	return false
}
