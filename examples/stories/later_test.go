package stories_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/fediverse"
	"codeberg.org/godwit/godwit/portability"
)

// manySorts is what Charlie has written at Gamma: Delta can show notes alone.
func manySorts(p *person) {
	p.writes("a note")
	p.publishes(fediverse.Draft{Type: "Article", Title: "On birds", Text: "<p>a long article</p>"})
	p.publishes(fediverse.Draft{Type: "Event", Title: "A walk", Text: "<p>come and see birds</p>"})
	p.writes("another note")
}

func notesAlone(h *fediverse.Household) { h.Shows = []string{"Note"} }

func triedAgainYearsLater(t *testing.T) {
	w := found(t, nil, "gamma", "delta")
	old, new := w.joins("charlie", "gamma"), w.joins("charlie", "delta")
	old.isAlso(new)
	manySorts(old)
	file := old.backsUp()

	first := passage{old: old, new: new, from: archived(file), household: notesAlone}
	forecast, err := first.engine().DryRun(w.ctx, portability.JobSpec{
		ID: first.id(), Account: new.id, Old: old.id, Standing: portability.Proved,
	})
	require.NoError(t, err, "look before it is done")
	t.Logf("the forecast: %+v", forecast.Rules)
	report := w.copies(first)
	assert.EqualValues(t, 2, report.Counts[portability.Content][portability.Skipped][portability.NoPlace], "he is told what has no place, and keeps his backup")
	before := w.lists(new, "outbox")
	assert.Equal(t, map[string]int{"<p>a note</p>": 1, "<p>another note</p>": 1}, w.posts(new))
	w.goesDark("gamma")

	// Years later Delta can show more.
	later := passage{old: old, new: new, from: archived(file), again: true, now: func() time.Time { return time.Now().AddDate(5, 0, 0) }}
	report = w.copies(later)
	assert.EqualValues(t, 4, report.Count(portability.Content, portability.Copied), "everything has come in the end")

	assert.Equal(t, map[string]int{
		"<p>a note</p>": 1, "<p>another note</p>": 1, "<p>a long article</p>": 1, "<p>come and see birds</p>": 1,
	}, w.posts(new), "everybody can read all of it, each once")
	for id := range before {
		assert.Contains(t, w.lists(new, "outbox"), id, "what was there has kept its name")
	}
}

func keptForTheNextExport(t *testing.T) {
	w := found(t, nil, "gamma", "delta", "zeta")
	first, second, third := w.joins("charlie", "gamma"), w.joins("charlie", "delta"), w.joins("charlie", "zeta")
	first.isAlso(second)
	manySorts(first)

	report := w.copies(passage{old: first, new: second, from: archived(first.backsUp()), household: func(h *fediverse.Household) {
		notesAlone(h)
		h.Keeps = true
	}})
	require.NoError(t, report.Ready())
	assert.Equal(t, map[string]int{"<p>a note</p>": 1, "<p>another note</p>": 1}, w.posts(second), "Delta shows what it can")
	second.writes("written at Delta")
	w.goesDark("gamma")

	file := second.backsUp()
	third.claims(second)
	second.claims(first, third)
	report = w.copies(passage{old: second, new: third, from: archived(file)})
	require.NoError(t, report.Ready())
	assert.EqualValues(t, 5, report.Count(portability.Content, portability.Copied))
	assert.Equal(t, map[string]int{
		"<p>a note</p>": 1, "<p>another note</p>": 1, "<p>a long article</p>": 1, "<p>come and see birds</p>": 1, "<p>written at Delta</p>": 1,
	}, w.posts(third), "everybody can read at Zeta what came with him from both servers, each once")
}
