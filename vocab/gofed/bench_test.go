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

// BenchmarkParse reads the documents that a server reads most. "x go-fed" and
// "x encoding/json" are how many times the rate of theirs, measured in the same
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
					own := b.Elapsed() / time.Duration(b.N)
					b.ReportMetric(float64(timed(b, readers["go-fed"]))/float64(own), "x-go-fed")
					b.ReportMetric(float64(timed(b, readers["encoding-json"]))/float64(own), "x-encoding/json")
				}
			})
		}
	}
}

// timed returns how long a call takes, over a few hundred.
func timed(b *testing.B, call func() error) time.Duration {
	const calls = 300
	require.NoError(b, call())
	start := time.Now()
	for range calls {
		if err := call(); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(start) / calls
}
