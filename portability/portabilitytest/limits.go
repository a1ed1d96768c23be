package portabilitytest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// limitSituations try the limits that the sink says it has; a limit that it does
// not have is tried too, and must not be found.
var limitSituations = []sinkSituation{
	{"a kind that is not held has no place", func(t *testing.T, sink portability.Sink) {
		limits := limitsOf(t, sink)
		for _, k := range []portability.Kind{portability.Following, portability.Blocked, portability.Muted} {
			if result := put(t, sink, account(t, k, 1))[0]; holds(limits, k) {
				assert.Equal(t, portability.Copied, result.State, "%s", k)
			} else {
				assertNoPlace(t, result)
			}
		}
	}},
	{"content of a type that is not held has no place", func(t *testing.T, sink portability.Sink) {
		limits := limitsOf(t, sink)
		if !holdsNotes(limits) {
			return // there is nothing to change the type of
		}
		odd, err := note(t, 1).Object.With(vocab.Type, "Sandwich")
		require.NoError(t, err)
		one := note(t, 1)
		one.Object = odd
		judge(t, len(limits.Types) > 0, put(t, sink, one)[0])
	}},
	{"text up to the limit is held, and above it is not held whole", func(t *testing.T, sink portability.Sink) {
		limits := limitsOf(t, sink)
		if !holdsNotes(limits) {
			return // it holds no text
		}
		length := max(limits.TextRunes, 1)
		fitting := noteSaying(t, home+"/fits", "<p>"+strings.Repeat("ä", length)+"</p>")
		assert.Equal(t, portability.Copied, put(t, sink, fitting)[0].State, "markup does not count, and runes are not bytes")
		longer := noteSaying(t, home+"/longer", strings.Repeat("ä", length+1))
		judge(t, limits.TextRunes > 0, put(t, sink, longer)[0])
	}},
	{"attachments up to the limit are held, and above it not all", func(t *testing.T, sink portability.Sink) {
		limits := limitsOf(t, sink)
		if !holdsNotes(limits) {
			return // there is nothing to attach to
		}
		assert.Equal(t, portability.Copied, put(t, sink, attaching(t, "fits", max(limits.Attachments, 1)))[0].State)
		more := put(t, sink, attaching(t, "more", max(limits.Attachments, 1)+1))[0]
		judge(t, limits.Attachments > 0, more)
	}},
	{"poll options up to the limit are held, and above it not all", func(t *testing.T, sink portability.Sink) {
		limits := limitsOf(t, sink)
		if !holdsNotes(limits) || len(limits.Types) > 0 {
			return // it may hold no polls
		}
		assert.Equal(t, portability.Copied, put(t, sink, asking(t, "fits", max(limits.PollOptions, 1)))[0].State)
		judge(t, limits.PollOptions > 0, put(t, sink, asking(t, "more", max(limits.PollOptions, 1)+1))[0])
	}},
	{"content without a file has no place where one is needed", func(t *testing.T, sink portability.Sink) {
		limits := limitsOf(t, sink)
		if result := put(t, sink, note(t, 1))[0]; holdsNotes(limits) {
			assert.Equal(t, portability.Copied, result.State)
		} else {
			assertNoPlace(t, result)
		}
	}},
	{"a file above the limit is refused, and one at the limit is not", func(t *testing.T, sink portability.Sink) {
		limits := limitsOf(t, sink)
		_, takes := sink.(portability.MediaSink)
		if !takes || limits.MediaBytes == 0 || limits.MediaBytes > 1<<26 {
			return // it takes none, or all that a test can make
		}
		data := strings.Repeat("x", int(limits.MediaBytes))
		putFile(t, sink, picture(data), data)
		assertRefused(t, sink, picture(data+"x"), data+"x", portability.ErrNoPlace)
	}},
	{"a file of a type that is not held is refused", func(t *testing.T, sink portability.Sink) {
		limits := limitsOf(t, sink)
		if _, takes := sink.(portability.MediaSink); !takes || len(limits.MediaTypes) == 0 {
			return // it takes none, or all
		}
		odd := picture("one")
		odd.Type = "application/x-sandwich"
		assertRefused(t, sink, odd, "one", portability.ErrNoPlace)
	}},
	{"items above the limit are told so, and those below are there", func(t *testing.T, sink portability.Sink) {
		limits := limitsOf(t, sink)
		if limits.Items == 0 || limits.Items > 10_000 {
			return // more than a test can make
		}
		results := put(t, sink, some(t, sink, int(limits.Items)+1)...)
		for i, result := range results[:limits.Items] {
			assert.Equal(t, portability.Copied, result.State, "item %d", i)
		}
		assert.Equal(t, portability.Skipped, results[limits.Items].State)
		assert.Equal(t, portability.TooMany, results[limits.Items].Reason)
	}},
}

// judge checks how something ended that is above a limit, if there is that limit.
func judge(t *testing.T, limited bool, result portability.Result) {
	t.Helper()
	switch {
	case !limited:
		assert.Equal(t, portability.Copied, result.State, "there is no such limit")
	case result.State == portability.Changed:
		assert.Equal(t, portability.Shortened, result.Reason)
	default:
		assertNoPlace(t, result)
	}
}

func attaching(t *testing.T, name string, n int) portability.Item {
	t.Helper()
	one := noteSaying(t, home+"/"+name, name)
	links := make([]map[string]string, n)
	for i := range links {
		links[i] = map[string]string{"type": "Link", "href": fmt.Sprintf("https://friends.example/%d", i)}
	}
	o, err := one.Object.With(vocab.Attachment, links)
	require.NoError(t, err)
	one.Object = o
	return one
}

func asking(t *testing.T, name string, n int) portability.Item {
	t.Helper()
	one := noteSaying(t, home+"/"+name, "?")
	options := make([]map[string]string, n)
	for i := range options {
		options[i] = map[string]string{"type": "Note", "name": fmt.Sprint(i)}
	}
	o, err := one.Object.With("oneOf", options)
	require.NoError(t, err)
	o, err = o.With(vocab.Type, vocab.TypeQuestion)
	require.NoError(t, err)
	one.Object = o
	return one
}
