package portability_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"codeberg.org/godwit/godwit/internal/samples"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// BenchmarkPlace places batches of a thousand posts in the shape that Mastodon gives
// them, look-ups in a map included.
func BenchmarkPlace(b *testing.B) {
	create := placeDoc(b, string(samples.Note))
	old := create.IRI(vocab.Actor)
	p := aPlacing(b)
	p.Job.Old, p.Options.Breadcrumbs = old, true
	p.Actor = placeDoc(b, fmt.Sprintf(`{"id":%q,"followers":%q}`, old, old+"/followers"))
	names := map[vocab.IRI]portability.Entry{}
	items := make([]portability.Item, 1000)
	note := create.Child(vocab.ObjectProperty)
	for i := range items {
		number := fmt.Sprintf("%018d", i)
		text := strings.ReplaceAll(note.Value().String(), string(note.ID()), string(old)+"/statuses/"+number)
		items[i] = placeItem(b, portability.Content, string(old)+"/statuses/"+number, text)
		e := portability.Entry{Ref: items[i].Ref, NewID: vocab.IRI("https://new.example/o/" + number), URLs: []vocab.IRI{vocab.IRI("https://new.example/@al/" + number)}}
		p.Entries[e.Ref], names[vocab.IRI(e.ID)] = e, e
	}
	p.Find = func(_ context.Context, olds []vocab.IRI) (map[vocab.IRI]portability.Entry, error) {
		found := make(map[vocab.IRI]portability.Entry, len(olds))
		for _, old := range olds {
			if e, there := names[old]; there {
				found[old] = e
			}
		}
		return found, nil
	}
	b.SetBytes(int64(len(items) * len(items[0].Object.Bytes())))
	for b.Loop() {
		placed, err := p.Place(b.Context(), items...)
		if err != nil || placed[999].Placed.Object.ID() != placed[999].Placed.ID {
			b.Fatal("the posts were not placed", err)
		}
	}
	b.ReportMetric(float64(b.N*len(items))/b.Elapsed().Seconds(), "posts/s")
}
