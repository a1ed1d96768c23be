package dialect

import (
	"context"
	"iter"

	"codeberg.org/godwit/godwit/portability"
)

// andUnlisted yields behind the files that a list names those that it does not: in
// salvage, its end may be lost and they may not.
func (f *fepArchive) andUnlisted(listed func(context.Context) iter.Seq2[portability.Item, error]) func(context.Context) iter.Seq2[portability.Item, error] {
	return func(ctx context.Context) iter.Seq2[portability.Item, error] {
		return func(yield func(portability.Item, error) bool) {
			named := map[string]bool{}
			for item, err := range listed(ctx) {
				for _, m := range item.Media {
					named[m.Path] = true
				}
				if !yield(item, err) || err != nil {
					return
				}
			}
			for _, file := range f.allMedia() {
				if named[file.entry] {
					continue
				}
				item, err := file.item(ctx, f.view)
				if !yield(item, err) || err != nil {
					return
				}
			}
		}
	}
}
