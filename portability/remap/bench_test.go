package remap_test

import (
	"testing"

	"codeberg.org/godwit/godwit/internal/samples"
	"codeberg.org/godwit/godwit/portability/remap"
	"codeberg.org/godwit/godwit/vocab"
)

// BenchmarkLead leads a Create in the shape that Mastodon gives it, with all that a
// copy needs: everything is asked for once, then led. BenchmarkLead_parse is the
// parsing that every result goes through.
func BenchmarkLead(b *testing.B) {
	o := parse(b, string(samples.Note))
	known := map[vocab.IRI]remap.Place{}
	for _, id := range remap.References(o) {
		if vocab.SameOrigin(id, o.ID()) {
			known[id] = remap.Place{ID: "https://new.example/o/" + id, URL: "https://new.example/@a/" + id}
		}
	}
	if len(known) < 5 {
		b.Fatalf("only %d references in the post", len(known))
	}
	b.SetBytes(int64(len(samples.Note)))
	for b.Loop() {
		d := remap.Read(o)
		led, err := d.Lead(func(id vocab.IRI) (remap.Place, bool) {
			p, found := known[id]
			return p, found
		}, &remap.Options{Shown: true})
		if err != nil || led == o || len(d.References()) < len(known) {
			b.Fatal("the post was not led", err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "posts/s")
}

func BenchmarkLead_parse(b *testing.B) {
	b.SetBytes(int64(len(samples.Note)))
	for b.Loop() {
		parse(b, string(samples.Note))
	}
}

// BenchmarkLead_realPosts does the same with a real outbox.
func BenchmarkLead_realPosts(b *testing.B) {
	items := outbox(b, "2023-v4.0/archive/outbox.json")
	forward, _ := wholeAccount(items)
	bytes, n := 0, 0
	for b.Loop() {
		o := items[n%len(items)]
		if _, err := remap.Read(o).Lead(forward.place, &remap.Options{Shown: true}); err != nil {
			b.Fatal(err)
		}
		bytes += len(o.Bytes())
		n++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "posts/s")
	b.ReportMetric(float64(bytes)/1e6/b.Elapsed().Seconds(), "MB/s")
}
