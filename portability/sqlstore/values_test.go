package sqlstore_test

import (
	"fmt"
	"time"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

const alice = vocab.IRI("https://old.example/users/alice")

var start = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// post returns the entry of a post that was copied.
func post(n int64) portability.Entry {
	return portability.Entry{
		Ref: portability.Ref{Kind: portability.Content, ID: fmt.Sprintf("%s/statuses/1%017d", alice, n)},
		No:  n, Stage: portability.StageContent, State: portability.Copied, Intended: true,
		NewID: vocab.IRI(fmt.Sprintf("https://new.example/notes/%d", n)), URLs: []vocab.IRI{vocab.IRI(fmt.Sprintf("https://new.example/@alice/%d", n))},
		Audience: portability.ForPublic, Published: start.Add(time.Duration(n) * time.Minute),
		Digest: [32]byte{byte(n), byte(n >> 8), byte(n >> 16), 1}, Run: 1, Size: 1500,
	}
}

func oldURL(n int64) vocab.IRI {
	return vocab.IRI(fmt.Sprintf("https://old.example/@alice/1%017d", n))
}
