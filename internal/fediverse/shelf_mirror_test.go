package fediverse_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/fediverse"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// Somebody keeps a second account that shows what the first does, and deletes posts at
// the first.
func TestMirrorOfALiveServer(t *testing.T) {
	ctx, hosts := t.Context(), start(t, 2)
	from, to := create(t, hosts[0], "al"), create(t, hosts[1], "al")
	var posts []vocab.IRI
	for n := range 14 {
		id, err := hosts[0].Write(ctx, "al", fediverse.Draft{Text: fmt.Sprintf("<p>%d</p>", n)})
		require.NoError(t, err)
		posts = append(posts, id)
	}
	source, err := hosts[0].Shelf(ctx, "al", portability.Readership{})
	require.NoError(t, err)
	sink, err := hosts[1].Shelf(ctx, "al", portability.Readership{})
	require.NoError(t, err)
	engine := portability.NewEngine(hosts[1].Copies(), bothEnds{source, sink}, nil)
	run := func(begin func() error) portability.Job {
		require.NoError(t, begin())
		j, err := engine.Run(ctx, "mirror")
		require.NoError(t, err)
		return j
	}
	there := func() int { return len(list(t, hosts[1].Posts, "al")) }
	remove := func(posts ...vocab.IRI) {
		for _, id := range posts {
			require.NoError(t, source.Delete(ctx, id))
		}
	}
	again := func() error { _, err := engine.Again(ctx, "mirror"); return err }

	run(func() error {
		_, err := engine.Begin(ctx, portability.JobSpec{ID: "mirror", Account: to, Old: from, Standing: portability.Proved, Options: portability.JobOptions{Mirror: true}})
		return err
	})
	require.Equal(t, 14, there())
	remove(posts[3])
	assert.Equal(t, portability.JobDone, run(again).State)
	assert.Equal(t, 13, there(), "one that its author has deleted")
	remove(slices.Delete(posts, 3, 4)[1:]...)
	j := run(again)
	assert.Equal(t, portability.JobPaused, j.State, "nearly all of them: somebody is asked")
	assert.Equal(t, 13, there())
	_, err = engine.DecideRemovals(ctx, "mirror", true)
	require.NoError(t, err)
	assert.Equal(t, portability.JobDone, run(func() error { return nil }).State)
	assert.Equal(t, 1, there())
}
