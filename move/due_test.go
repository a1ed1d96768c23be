package move_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

func TestWhatAClockHasPutOffIsDue(t *testing.T) {
	const day = 24 * time.Hour
	year := noon.AddDate(1, 0, 0)
	for situation, c := range map[string]struct {
		step move.Step
		want time.Time
	}{
		"never":                                  {move.Step{Party: fay}, time.Time{}},
		"long ago":                               {move.Step{Party: fay, Due: noon.Add(-time.Hour)}, noon.Add(-time.Hour)},
		"tomorrow":                               {move.Step{Party: fay, Due: noon.Add(day)}, noon.Add(day)},
		"in a year, as it failed then":           {move.Step{Party: fay, Due: year, Since: noon}, noon},
		"in a year, as it began then":            {move.Step{Party: fay, Due: year.Add(time.Hour), Since: year}, noon.Add(time.Hour)},
		"before it began":                        {move.Step{Party: fay, Due: year.Add(-time.Hour), Since: year}, noon},
		"in two years, as it began in one":       {move.Step{Party: fay, Due: year.AddDate(1, 0, 0), Since: year}, noon.Add(2 * day)},
		"a hold":                                 {move.Step{Side: move.Out, Due: noon.Add(30 * day), Since: noon}, noon.Add(30 * day)},
		"a hold that began in a year":            {move.Step{Side: move.Out, Due: year.Add(30 * day), Since: year}, noon.Add(30 * day)},
		"a case that is received, as if it hold": {move.Step{Side: move.In, Due: noon.Add(30 * day), Since: noon}, noon},
	} {
		assert.Equal(t, c.want, c.step.DueBy(noon), situation)
	}
}

// A host's own pause must not look like one that a wrong clock has made.
func TestNoTryIsPutOffForMoreThanADay(t *testing.T) {
	s, departing := away(t)
	s.options.Backoff = func(int) time.Duration { return 300 * 24 * time.Hour }
	failed := false
	s.answer = func(inbox vocab.IRI, _ *vocab.Object, _ int) (int, error) {
		if inbox == inboxA && !failed {
			failed = true
			return refused(inbox, 503, 0, actor.ErrUnavailable)
		}
		return 202, nil
	}
	s.settle(noon.Add(time.Hour))
	require.Len(t, s.at(inboxA), 1, "the first try")
	s.settle(noon.Add(27 * time.Hour))
	assert.Equal(t, "answered 202", s.ledger(departing.Case)[inboxA])
}

// The old account's server may ask for years; nobody keeps a Move for as long.
func TestAnOriginPutsOffAMoveByNoMoreThanADay(t *testing.T) {
	w := newWorld(t)
	w.people.follow(fay, old)
	peers := &busy{documents: w.peers, until: noon.Add(time.Minute)}
	r := move.NewReceiver(peers, w.store, w.people, &move.ReceiverOptions{Rules: move.Rules{Now: func() time.Time { return w.now }}})
	peers.now = func() time.Time { return w.now }
	verdict, err := r.Receive(t.Context(), moveOf(t, old, next, noon))
	require.NoError(t, err)
	require.Equal(t, move.Defer, verdict.Outcome)
	assert.Equal(t, noon.Add(24*time.Hour), verdict.Due)
	w.now = verdict.Due
	for range 5 {
		_, err := r.Work(t.Context())
		require.NoError(t, err)
	}
	assert.Equal(t, []vocab.IRI{next}, w.people.state()[fay])
}

// busy are servers that ask everybody to come again in ten years.
type busy struct {
	documents
	until time.Time
	now   func() time.Time
}

func (b *busy) FetchFresh(ctx context.Context, id vocab.IRI) (*vocab.Object, error) {
	if b.now().Before(b.until) {
		return nil, &actor.FetchError{ID: id, StatusCode: 503, RetryAfter: 10 * 365 * 24 * time.Hour, Err: actor.ErrUnavailable}
	}
	return b.documents.Fetch(ctx, id)
}
