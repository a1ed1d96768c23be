package gofed_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/go-fed/activity/streams"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/samples"
	"codeberg.org/godwit/godwit/vocab"
)

// BenchmarkParse reads the documents that a server reads most. x-go-fed and
// x-encoding-json are how many times the rate of theirs, measured in the same
// run, vocab.Parse has.
func BenchmarkParse(b *testing.B) {
	for _, sample := range []struct {
		name     string
		document []byte
	}{{"actor", samples.Actor}, {"note", samples.Note}, {"move", samples.Move}} {
		readers := map[string]func() error{
			"vocab": func() error {
				_, err := vocab.Parse(sample.document)
				return err
			},
			"encoding-json": func() error {
				var m map[string]any
				return json.Unmarshal(sample.document, &m)
			},
			"go-fed": func() error {
				var m map[string]any
				if err := json.Unmarshal(sample.document, &m); err != nil {
					return err
				}
				_, err := streams.ToType(b.Context(), m)
				return err
			},
		}
		for _, name := range []string{"vocab", "encoding-json", "go-fed"} {
			b.Run(sample.name+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(len(sample.document)))
				for b.Loop() {
					if err := readers[name](); err != nil {
						b.Fatal(err)
					}
				}
				if name == "vocab" {
					for _, other := range []string{"go-fed", "encoding-json"} {
						b.ReportMetric(ratio(b, readers[other], readers["vocab"]), "x-"+other)
					}
				}
			})
		}
	}
}

// ratio returns how many times as long as b a call of a takes. They take turns,
// so that what else the machine does slows both.
func ratio(t testing.TB, a, b func() error) float64 {
	var took [2]time.Duration
	for range 60 {
		for i, call := range []func() error{a, b} {
			start := time.Now()
			for range 20 {
				require.NoError(t, call())
			}
			took[i] += time.Since(start)
		}
	}
	return float64(took[0]) / float64(took[1])
}
