package portabilitytest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

const home = "https://old.example/users/alice"

// limitsOf returns what a sink says it can hold; one that says nothing holds all.
func limitsOf(t *testing.T, sink portability.Sink) portability.Limits {
	limited, ok := sink.(portability.Limited)
	if !ok {
		return portability.Limits{}
	}
	limits, err := limited.Limits(t.Context())
	require.NoError(t, err)
	return limits
}

func holds(limits portability.Limits, k portability.Kind) bool {
	return len(limits.Kinds) == 0 || slices.Contains(limits.Kinds, k)
}

func holdsNotes(limits portability.Limits) bool {
	return holds(limits, portability.Content) && !limits.NeedsMedia &&
		(len(limits.Types) == 0 || slices.Contains(limits.Types, vocab.TypeNote))
}

// some returns n different items of a kind that the sink holds: notes, if it can.
func some(t *testing.T, sink portability.Sink, n int) []portability.Item {
	t.Helper()
	limits := limitsOf(t, sink)
	items := make([]portability.Item, n)
	for i := range items {
		if holdsNotes(limits) {
			items[i] = note(t, i)
			continue
		}
		items[i] = account(t, relation(t, limits), i)
	}
	return items
}

// relation returns a kind of accounts that the sink holds.
func relation(t *testing.T, limits portability.Limits) portability.Kind {
	t.Helper()
	for _, k := range []portability.Kind{
		portability.Following, portability.Blocked, portability.Muted, portability.Followers, portability.Pending,
	} {
		if holds(limits, k) {
			return k
		}
	}
	require.FailNow(t, "the sink holds neither notes nor accounts, so nothing can be tried on it")
	return ""
}

func note(t *testing.T, i int) portability.Item {
	t.Helper()
	return noteSaying(t, fmt.Sprintf("%s/notes/%d", home, i), fmt.Sprintf("post %d", i))
}

func noteSaying(t *testing.T, id, text string) portability.Item {
	t.Helper()
	return item(t, portability.Content, id, fmt.Sprintf(`{"id":%q,"type":"Note","attributedTo":%q,`+
		`"published":"2026-01-02T03:04:05Z","to":[%q],"cc":[%q],"content":%q}`,
		id, home, vocab.Public, home+"/followers", text))
}

func account(t *testing.T, k portability.Kind, i int) portability.Item {
	t.Helper()
	id := fmt.Sprintf("https://friends.example/users/%d", i)
	return item(t, k, id, fmt.Sprintf(`{"id":%q,"notify":false}`, id))
}

func item(t *testing.T, k portability.Kind, id, document string) portability.Item {
	t.Helper()
	o, err := vocab.Parse([]byte(document))
	require.NoError(t, err)
	return portability.Item{Ref: portability.Ref{Kind: k, ID: id}, Object: o}
}

// otherwise returns the item as it would be had somebody changed it.
func otherwise(t *testing.T, original portability.Item) portability.Item {
	t.Helper()
	o, err := original.Object.With("summary", "changed since")
	require.NoError(t, err)
	original.Object = o
	return original
}

// turned returns the item with its members in the opposite order.
func turned(t *testing.T, original portability.Item) portability.Item {
	t.Helper()
	var members []string
	for name, value := range original.Object.Members() {
		members = append(members, fmt.Sprintf("%q : %s", name, value.Raw()))
	}
	require.Greater(t, len(members), 1)
	slices.Reverse(members)
	return item(t, original.Kind, original.ID, "{ "+strings.Join(members, " , ")+" }")
}

// picture returns a file, and how it is known.
func picture(data string) portability.Medium {
	return portability.Medium{
		URL: "https://files.old.example/1.png", Path: "media/1.png",
		Digest: digestOf([]byte(data)), Type: "image/png", Size: int64(len(data)),
	}
}
