package portability_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/internal/container"
	"codeberg.org/godwit/godwit/internal/dialect"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/remap"
	"codeberg.org/godwit/godwit/vocab"
)

// A placeServer names items before they are put, and keeps them.
type placeServer struct {
	items map[portability.Ref]portability.Item
}

func (s *placeServer) Mint(_ context.Context, items []portability.Item) ([]portability.Minted, error) {
	minted := make([]portability.Minted, len(items))
	for i, item := range items {
		sum := sha256.Sum256([]byte(item.ID))
		name := hex.EncodeToString(sum[:8])
		minted[i] = portability.Minted{ID: vocab.IRI("https://new.example/o/" + name), URLs: []vocab.IRI{vocab.IRI("https://new.example/@al/" + name)}}
	}
	return minted, nil
}

func (s *placeServer) Put(_ context.Context, items []portability.Item) ([]portability.Result, error) {
	results := make([]portability.Result, len(items))
	for i, item := range items {
		s.items[item.Ref] = item
		results[i] = portability.Result{Ref: item.Ref, State: portability.Copied, NewID: item.Placed.ID, URLs: item.Placed.URLs}
	}
	return results, nil
}

func (s *placeServer) PutMedia(_ context.Context, m portability.Medium, r io.Reader) (vocab.IRI, error) {
	sum := sha256.New()
	if _, err := io.Copy(sum, r); err != nil {
		return "", err
	}
	return vocab.IRI("https://new.example/files/" + hex.EncodeToString(sum.Sum(nil))), nil
}

type placeEnds struct {
	source portability.Source
	sink   portability.Sink
}

func (e placeEnds) Open(context.Context, portability.Job) (portability.Source, portability.Sink, error) {
	return e.source, e.sink, nil
}

// TestPlace_realAccounts copies two real accounts, and looks at every copy.
func TestPlace_realAccounts(t *testing.T) {
	for name, c := range map[string]struct {
		path, old string
		posts     int
	}{
		"Mastodon 3.5": {"2022-v3.5", "https://o3o.ca/users/purplerain", 1425},
		"Mastodon 4.0": {"2023-v4.0/archive", "https://ricard.social/users/ricard", 752},
	} {
		t.Run(name, func(t *testing.T) {
			server := &placeServer{items: map[portability.Ref]portability.Item{}}
			key, err := actor.GenerateEd25519(placeNew)
			require.NoError(t, err)
			at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
			engine := portability.NewEngine(portability.NewMemoryStore(), placeEnds{placeTakeout(t, c.path), server}, &portability.EngineOptions{
				Now: func() time.Time { return at },
				Sign: func(_ context.Context, _ vocab.IRI, o *vocab.Object) (*vocab.Object, error) {
					return actor.SignProof(o, key, at, nil)
				},
			})
			job, err := engine.Begin(t.Context(), portability.JobSpec{ID: "j", Account: placeNew, Old: vocab.IRI(c.old), Standing: portability.Proved,
				Options: portability.JobOptions{Breadcrumbs: true}})
			require.NoError(t, err)
			job, err = engine.Run(t.Context(), "j")
			require.NoError(t, err)
			require.Equal(t, portability.JobDone, job.State, job.Trouble)
			require.Equal(t, vocab.IRI(c.old), job.Old)
			placeCheckCopies(t, server, c.old, c.posts, key.Public())
		})
	}
}

func placeCheckCopies(t *testing.T, server *placeServer, old string, posts int, key actor.Key) {
	named := map[vocab.IRI]bool{vocab.IRI(old): true}
	for ref := range server.items {
		if ref.Kind == portability.Content || ref.Kind == portability.Outbox {
			named[vocab.IRI(ref.ID)] = true
		}
	}
	who := portability.Readership{Actor: vocab.IRI(old), Followers: vocab.IRI(old + "/followers")}
	met := map[portability.Audience]int{}
	content, answers := 0, 0
	for ref, item := range server.items {
		if ref.Kind != portability.Content && ref.Kind != portability.Outbox {
			continue
		}
		now := item.Placed.Object
		for _, id := range remap.References(now) {
			assert.False(t, named[id], "a copy still names what has a new name")
		}
		assert.Equal(t, item.Placed.ID, now.ID())
		assert.NoError(t, actor.VerifyProof(now, key, nil), "the new account's proof")
		assert.Equal(t, item.Object.Get(vocab.To).String(), now.Get(vocab.To).String(), "to whom it went is kept as a record")
		assert.Equal(t, item.Object.Text(vocab.Published), now.Text(vocab.Published))
		assert.Equal(t, vocab.IRI(ref.ID), now.IRI(vocab.MigratedFrom))
		before, _ := who.AudienceOf(item)
		assert.Contains(t, []portability.Audience{before, portability.ForAuthor}, item.Placed.Audience)
		if before == portability.ForPublic || before == portability.ForUnlisted {
			assert.Equal(t, before, item.Placed.Audience)
		}
		met[item.Placed.Audience]++
		if ref.Kind != portability.Content {
			assert.Equal(t, vocab.IRI(placeNew), now.IRI(vocab.Actor))
			continue
		}
		content++
		assert.Equal(t, vocab.IRI(placeNew), now.IRI(vocab.AttributedTo))
		if strings.HasPrefix(string(now.IRI(vocab.InReplyTo)), "https://new.example/o/") {
			answers++
		}
	}
	assert.Equal(t, posts, content)
	assert.Greater(t, answers, 5, "answers to own posts lead to the copies of those")
	t.Logf("%d posts, %d answers to own ones, for whom: %v", content, answers, met)
}

func placeTakeout(t *testing.T, path string) portability.Source {
	t.Helper()
	full := filepath.Join("..", "..", "shared", "samples", "mastodon-takeouts", filepath.FromSlash(path))
	if _, err := os.Stat(full); err != nil {
		if os.Getenv("GODWIT_CI") == "1" {
			require.NoError(t, err)
		}
		t.Skipf("the real takeout is not here: %v", err)
	}
	archive, err := container.Open(t.Context(), full, nil)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, archive.Close()) })
	account, err := dialect.Open(t.Context(), archive, nil)
	require.NoError(t, err)
	return account
}
