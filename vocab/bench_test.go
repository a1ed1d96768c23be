package vocab_test

import (
	"encoding/json"
	"testing"

	"codeberg.org/godwit/godwit/internal/samples"
	"codeberg.org/godwit/godwit/vocab"
)

var documents = []struct {
	name string
	data []byte
}{{"actor", samples.Actor}, {"note", samples.Note}, {"move", samples.Move}}

func BenchmarkParse(b *testing.B) {
	for _, document := range documents {
		b.Run(document.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(document.data)))
			for b.Loop() {
				if _, err := vocab.Parse(document.data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkParseMap is what encoding/json needs for the same documents.
func BenchmarkParseMap(b *testing.B) {
	for _, document := range documents {
		b.Run(document.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(document.data)))
			for b.Loop() {
				var members map[string]any
				if err := json.Unmarshal(document.data, &members); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
