package sqlstore_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/pgtest"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/sqlstore"
	"codeberg.org/godwit/godwit/vocab"
)

// A politeHost counts how often it asked whom.
type politeHost map[vocab.IRI]int

func (h politeHost) Follow(_ context.Context, _, target vocab.IRI) (portability.State, error) {
	h[target]++
	return portability.Asked, nil
}

// testFollows goes on with a new process after every step: what is paced, and who was
// asked, is in the database alone.
func testFollows(t *testing.T, open func(t *testing.T) *sqlstore.Store) {
	list := portability.NewMemory(nil)
	for i := range 12 {
		id := fmt.Sprintf("https://h%d.example/users/%d", i%3, i)
		o, err := vocab.Parse(fmt.Appendf(nil, `{"id":%q}`, id))
		require.NoError(t, err)
		_, err = list.Put(t.Context(), []portability.Item{{Ref: portability.Ref{Kind: portability.Following, ID: id}, Object: o}})
		require.NoError(t, err)
	}
	host, now := politeHost{}, time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	o := &portability.FollowOptions{Now: func() time.Time { return now }}
	_, err := portability.NewFollowEngine(open(t), host, o).Begin(t.Context(), "follows", "https://new.example/a", "https://old.example/a")
	require.NoError(t, err)
	begun := now
	for range 100 {
		step, err := portability.NewFollowEngine(open(t), host, o).Step(t.Context(), "follows", list)
		require.NoError(t, err)
		now = now.Add(step.Wait)
		if step.Done {
			break
		}
	}
	assert.Len(t, host, 12)
	for target, times := range host {
		assert.Equal(t, 1, times, "%s", target)
	}
	assert.Equal(t, 90*time.Second, now.Sub(begun), "four requests to each host, half a minute apart")
	last := portability.NewFollowEngine(open(t), host, o)
	require.NoError(t, last.Answered(t.Context(), "follows", "https://h1.example/users/1", portability.Accepted))
	counts, err := last.Follows(t.Context(), "follows")
	require.NoError(t, err)
	assert.Equal(t, map[portability.State]map[portability.Reason]int64{portability.Asked: {"": 11}, portability.Accepted: {"": 1}}, counts)
}

func TestFollows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "copies.db")
	testFollows(t, func(t *testing.T) *sqlstore.Store {
		db := openDB(t, path, hasty)
		t.Cleanup(func() { assert.NoError(t, db.Close()) })
		return openOver(t, db)
	})
}

func TestFollowsOnPostgreSQL(t *testing.T) {
	address := pgtest.URL(t)
	testFollows(t, func(t *testing.T) *sqlstore.Store { return openOver(t, pgtest.OpenURL(t, address)) })
}
