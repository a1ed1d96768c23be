package portabilitytest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"codeberg.org/godwit/godwit/portability"
)

// TestEngine runs a [portability.Engine] over a store, through everything that must not
// change what it ends with: deaths and failures at every call, clocks that jump, workers
// that share a job, sources that lie. Open returns a store that has nothing, each time,
// and releases it with t.Cleanup.
func TestEngine(t *testing.T, open func(t *testing.T) portability.Store) {
	for _, part := range [][]engineSituation{
		engineInterruptions, engineJudgements, engineSteerings, engineReruns, engineEnds, engineSlowness, engineHours, engineEndlessness,
		engineMirrors, engineMappings, engineKeepings, engineOwnership, engineFaults, engineTurns, engineStandings, engineDoubts, engineGone, engineNarrowings, engineRemains,
	} {
		for _, s := range part {
			t.Run(s.name, func(t *testing.T) { s.test(t, func() portability.Store { return open(t) }) })
		}
	}
}

var engineInterruptions = []engineSituation{
	{"whatever call the process dies at, it ends as if nothing had happened", func(t *testing.T, open func() portability.Store) {
		everyCall(t, open, true)
	}},
	{"whatever call fails, it ends as if nothing had happened", func(t *testing.T, open func() portability.Store) {
		everyCall(t, open, false)
	}},
	{"a store and ends that fail for long, and come back, change nothing", func(t *testing.T, open func() portability.Store) {
		account := steadyAccount()
		want := undisturbed(t, open(), account)
		for _, from := range []int{5, 40, 80, 120} {
			w := newEngineWorld(open(), account)
			w.begin(t)
			w.plug.from, w.plug.to = w.plug.count()+from, w.plug.count()+from+60
			w.finish(t)
			sameOutcome(t, want, w.outcome(t), "60 calls failed, from call %d", from)
		}
	}},
	{"two workers on one job end it as one does", func(t *testing.T, open func() portability.Store) {
		account := steadyAccount()
		want := undisturbed(t, open(), account)
		w := newEngineWorld(open(), account)
		w.begin(t)
		together(t, w, 2)
		sameOutcome(t, want, w.outcome(t))
	}},
	{"workers that die one after the other, among others, leave nothing behind", func(t *testing.T, open func() portability.Store) {
		account := steadyAccount()
		want := undisturbed(t, open(), account)
		w := newEngineWorld(open(), account)
		w.begin(t)
		for n := range 12 {
			w.plug.fail, w.plug.death = w.plug.count()+7+3*n, true
			_, err := w.run(t.Context())
			require.ErrorIs(t, err, errEngineFault)
		}
		together(t, w, 3)
		sameOutcome(t, want, w.outcome(t))
	}},
	{"a clock that jumps changes nothing", func(t *testing.T, open func() portability.Store) {
		account := steadyAccount()
		want := undisturbed(t, open(), account)
		for _, jump := range []string{"-24h", "24h", "-876000h"} {
			w := newEngineWorld(open(), account)
			w.begin(t)
			for n := 0; ; n++ {
				j, err := w.engine().Step(t.Context(), engineJob)
				require.NoError(t, err)
				if j.State.Ended() {
					break
				}
				require.Less(t, n, 5000, "steps are made in spite of the clock")
				w.clock.move(engineJump(t, jump, n))
			}
			sameOutcome(t, want, w.outcome(t), "the clock jumps by %s", jump)
		}
	}},
	{"a store that puts and records in one transaction ends it as any other", func(t *testing.T, open func() portability.Store) {
		account := steadyAccount()
		want := undisturbed(t, open(), account)
		count := newEngineWorld(&oneTransaction{Store: open()}, account)
		count.copy(t)
		sameOutcome(t, want, count.outcome(t))
		calls := count.plug.count()
		for call := 1; call <= calls; call += stride(10*time.Millisecond, calls) {
			w := newEngineWorld(&oneTransaction{Store: open()}, account)
			w.begin(t)
			w.plug.fail, w.plug.death, w.plug.after = call, call%2 == 0, call%3 == 0
			w.finish(t)
			sameOutcome(t, want, w.outcome(t), "call %d of %d", call, calls)
		}
		w := newEngineWorld(&oneTransaction{Store: open()}, account)
		w.begin(t)
		together(t, w, 3)
		sameOutcome(t, want, w.outcome(t), "three workers")
	}},
	{"random accounts, interrupted at random, end as if nothing had happened", func(t *testing.T, open func() portability.Store) {
		rapid.Check(t, func(r *rapid.T) {
			seed := rapid.Uint64().Draw(r, "account")
			want := undisturbed(r, open(), randomAccount(rand.New(rand.NewPCG(seed, 1))))
			w := newEngineWorld(open(), randomAccount(rand.New(rand.NewPCG(seed, 1))))
			w.begin(r)
			for _, after := range rapid.SliceOfN(rapid.IntRange(1, 60), 0, 6).Draw(r, "deaths") {
				w.plug.fail = w.plug.count() + after
				w.plug.after = rapid.Bool().Draw(r, "after the effect")
				w.plug.death = rapid.Bool().Draw(r, "death")
				if _, err := w.run(context.Background()); err == nil {
					break
				}
			}
			w.plug.fail = 0
			w.finish(r)
			sameOutcome(r, want, w.outcome(r))
		})
	}},
}

// undisturbed returns what a copy of an account leaves behind if nothing happens.
func undisturbed(t engineT, store portability.Store, account *engineAccount) []string {
	t.Helper()
	w := newEngineWorld(store, account)
	w.copy(t)
	require.Empty(t, w.server.wrong, "what must never happen")
	for ref, n := range w.server.puts {
		require.Equal(t, 1, n, "%s was put once", ref)
	}
	return w.outcome(t)
}

// steadyAccount has something of everything, in an order that must be changed.
func steadyAccount() *engineAccount {
	a := newEngineAccount()
	for n := range 7 {
		post := enginePost(n, enginePublic(20-n, n-1)) // younger posts answer older ones, which come later
		post.Media = append(post.Media, a.file(n%4))
		a.add(post)
	}
	r := rand.New(rand.NewPCG(1, 2))
	a.add(oddItems(rand.New(fullSource{}))...)
	a.add(othersWords(rand.New(fullSource{}))...)
	for n := range 4 {
		id := fmt.Sprintf("https://friends.example/users/%d", r.IntN(100)*10+n)
		for _, k := range []portability.Kind{portability.Blocked, portability.Following} {
			a.add(portability.Item{Ref: portability.Ref{Kind: k, ID: id}, Object: engineDocument(fmt.Sprintf(`{"id":%q}`, id))})
		}
	}
	return a
}

// fullSource is a source of numbers that are as large as they can be.
type fullSource struct{}

func (fullSource) Uint64() uint64 { return 1<<64 - 1 }

// stride returns which calls are tried: each, if that takes no longer than ten
// seconds; with a slow store, or in short tests, only some.
func stride(took time.Duration, calls int) int {
	step := 1 + int(2*took*time.Duration(calls)/(10*time.Second))
	if testing.Short() {
		step = max(step, 7)
	}
	return step
}

// everyCall runs a copy twice for each call that it makes, with the plug pulled before
// its effect, and after.
func everyCall(t *testing.T, open func() portability.Store, death bool) {
	account := steadyAccount()
	want := undisturbed(t, open(), account)
	count := newEngineWorld(open(), account)
	began := time.Now()
	count.copy(t)
	took := time.Since(began)
	calls := count.plug.count()
	require.Greater(t, calls, 100, "calls that can fail")
	step := stride(took, calls)
	for _, after := range []bool{false, true} {
		for call := 1; call <= calls; call += step {
			w := newEngineWorld(open(), account)
			w.begin(t)
			w.plug.fail, w.plug.after, w.plug.death = call, after, death
			w.finish(t)
			sameOutcome(t, want, w.outcome(t), "call %d of %d, after its effect %t, death %t", call, calls, after, death)
		}
	}
}
