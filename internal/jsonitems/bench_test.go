package jsonitems_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"codeberg.org/godwit/godwit/internal/jsonitems"
)

// collection writes an outbox of posts of about 2,400 bytes, no two alike.
func collection(posts int) []byte {
	var b bytes.Buffer
	random := rand.New(rand.NewPCG(1, 2))
	b.WriteString(`{"@context":"https://www.w3.org/ns/activitystreams","type":"OrderedCollection","orderedItems":[`)
	for i := range posts {
		if i > 0 {
			b.WriteByte(',')
		}
		id := fmt.Sprintf("https://social.example/users/alice/statuses/%d", random.Int64N(1e17))
		words := make([]string, 120)
		for w := range words {
			words[w] = fmt.Sprintf("%x", random.Uint64N(1<<40))
		}
		text := strings.Join(words, " ")
		fmt.Fprintf(&b, `{"id":"%[1]s/activity","type":"Create","actor":"https://social.example/users/alice",`+
			`"published":"2022-11-06T10:%02[3]d:00Z","to":["https://www.w3.org/ns/activitystreams#Public"],`+
			`"cc":["https://social.example/users/alice/followers"],"object":{"id":"%[1]s","type":"Note","summary":null,`+
			`"content":"\u003cp\u003e%[2]s\u003c/p\u003e","sensitive":false,"tag":[],"attachment":[],`+
			`"replies":{"id":"%[1]s/replies","type":"Collection","first":{"type":"CollectionPage","items":[]}}}}`,
			id, text, i%60)
	}
	b.WriteString(`]}`)
	return b.Bytes()
}

func BenchmarkRead(b *testing.B) {
	data := collection(5000)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range jsonitems.Read(bytes.NewReader(data), nil) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkReadingAlone(b *testing.B) {
	data := collection(5000)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{bytes.NewReader(data)}, make([]byte, 128<<10))
	}
}

func BenchmarkReadValue(b *testing.B) {
	data := collection(5000)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		d := jsontext.NewDecoder(bytes.NewReader(data))
		for range 7 { // to the first element
			d.ReadToken()
		}
		for d.PeekKind() == '{' {
			if _, err := d.ReadValue(); err != nil {
				b.Fatal(err)
			}
		}
	}
}
