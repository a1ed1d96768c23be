// Package portabilitytest holds the tests that every [portability.Source] and
// every [portability.Sink] must pass.
//
// A server author calls them from tests of their own:
//
//	func TestSource(t *testing.T) {
//		portabilitytest.TestSource(t, openAlice, portabilitytest.Want{
//			Items: map[portability.Kind]int{portability.Actor: 1, portability.Content: 12},
//			Files: 3,
//		})
//	}
//
//	func TestSink(t *testing.T) {
//		portabilitytest.TestSink(t, func(t *testing.T) portability.Sink { return openEmpty(t) })
//	}
//
// The names of the subtests are the situations that the contracts in package
// portability speak of. Abilities that an end does not have are not asked for.
package portabilitytest

import (
	"testing"

	"codeberg.org/godwit/godwit/portability"
)

// Want is what a source is known to have.
type Want struct {
	// Items is how many items there are of each kind, those with problems
	// included. Kinds that are not named have none.
	Items map[portability.Kind]int
	// Files is how many different files can be opened, by content.
	Files int
	// Missing is how many files items use that are not there.
	Missing int
}

// TestSource runs the suite over a source, and over each of its abilities. Open
// returns the same account each time, and releases it with t.Cleanup. Each is
// used by several goroutines at once.
func TestSource(t *testing.T, open func(t *testing.T) portability.Source, want Want) {
	for _, s := range sourceSituations {
		t.Run(s.name, func(t *testing.T) { s.test(t, open(t), want) })
	}
	if _, ok := open(t).(portability.Counter); ok {
		t.Run("counts that are exact agree with the items", func(t *testing.T) { counts(t, open(t)) })
	}
	if _, ok := open(t).(portability.MediaSource); ok {
		for _, s := range openSituations {
			t.Run(s.name, func(t *testing.T) { s.test(t, open(t), want) })
		}
	}
}

type sourceSituation struct {
	name string
	test func(t *testing.T, source portability.Source, want Want)
}

// TestSink runs the suite over a sink, and over each of its abilities. Open
// returns a sink that has nothing, and releases it with t.Cleanup. Each is used
// by several goroutines at once. What a sink is given keeps to its limits, if it
// is [portability.Limited], except where those are tested.
func TestSink(t *testing.T, open func(t *testing.T) portability.Sink) {
	first := open(t)
	parts := [][]sinkSituation{putSituations}
	if _, ok := first.(portability.MediaSink); ok {
		parts = append(parts, fileSituations)
	}
	if _, ok := first.(portability.Remover); ok {
		parts = append(parts, removeSituations)
	}
	if _, ok := first.(portability.Limited); ok {
		parts = append(parts, limitSituations)
	}
	if _, ok := first.(portability.Source); ok {
		parts = append(parts, keepSituations)
	}
	for _, part := range parts {
		for _, s := range part {
			t.Run(s.name, func(t *testing.T) { s.test(t, open(t)) })
		}
	}
}

type sinkSituation struct {
	name string
	test func(t *testing.T, sink portability.Sink)
}
