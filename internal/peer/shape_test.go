package peer_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/peer"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// wire is what is seen of each shape: the types of the activities in their
// order, and what the Move must look like (OLD and NEW stand for the ids).
var wire = map[string]struct {
	order string
	move  []string
	lacks []string
}{
	"mastodon":      {"Update Move", []string{`"id":"OLD#moves/\d+"`, `security/v1"\]`}, []string{"to", "cc", "published"}},
	"gotosocial":    {"Move", []string{`"id":"OLD/moves/[0-9A-HJKMNP-TV-Z]{26}"`, `"to":"OLD/followers"`, `"cc":"https://www.w3.org/ns/activitystreams#Public"`}, nil},
	"misskey":       {"Update Move", []string{`/moves/[^/"]+/[^/"]+"`, `"misskey":`}, []string{"to", "cc"}},
	"pixelfed":      {"Move", []string{`"id":"OLD#moves/\d+"`, `"to":"OLD/followers"`}, nil},
	"pixelfed-2024": {"Move", []string{`"id":"NEW#moves/\d+"`, `"actor":"NEW"`, `"object":"NEW"`, `"target":"OLD"`}, nil},
	"wordpress-old": {"Move Update", []string{`"actor":"OLD"`, `"object":"NEW"`, `"target":"NEW"`, `"origin":"OLD"`}, nil},
	"wordpress":     {"Move Update", []string{`"id":"OLD#activity-move-\d+"`, `"object":"OLD"`, `"origin":"OLD"`}, nil},
	"emissary":      {"Move", []string{`"to":\["FAN"\]`}, []string{"id"}},
	"akkoma":        {"Move", []string{`"@language":"und"`, `"published":`}, nil},
	"mitra-push":    {"Move", []string{`"to":\["https://www.w3.org/ns/activitystreams#Public"\]`}, nil},
	"mitra-pull":    {"Move", []string{`"actor":"NEW"`, `"object":"OLD"`, `"target":"NEW"`, `"cc":\["NEW/followers"\]`}, nil},
	"snac":          {"Move", []string{`"id":"OLD/d/\d+\.\d+/Move"`}, []string{"to", "cc"}},
	"hollo":         {"Move", []string{`"id":"OLD#move"`, `identity/v1`}, []string{"to", "cc"}},
	"bridgyfed":     {"Move", []string{`"id":"OLD#move-NEW"`}, nil},
	"vutuv":         {"Move", []string{`"to":\["OLD/followers"\]`}, nil},
	"vernissage":    {"Move", []string{`"id":"OLD#move/\d+"`}, nil},
	"bookwyrm":      {"Move", []string{`"origin":"OLD"`}, nil},
	"godwit":        {"Update Move", []string{`"to":\["OLD/followers"\]`, `"cc":\["https://www.w3.org/ns/activitystreams#Public"\]`, `"published":`}, nil},
}

// A move in any shape is honoured by a receiver that can, and leaves followers
// alone where nobody can.
func TestShapes(t *testing.T) {
	receivers := map[string]move.Rules{"strict": {}, "lenient": {Lenient: true}, "pull": {Pull: true}, "nobody": {Lenient: true, Pull: true}}
	labs := map[string]*lab{}
	var shapes []struct{ Name, Honoured string }
	for honoured, rules := range receivers {
		labs[honoured] = open(t, rules)
		labs[honoured].must("GET", "/v1/shapes", nil, &shapes)
	}
	require.Len(t, shapes, len(wire), "each shape has a row in this test")
	for i, shape := range shapes {
		t.Run(shape.Name, func(t *testing.T) {
			l := labs[shape.Honoured]
			require.NotNil(t, l, "honoured by %q", shape.Honoured)
			old := l.create(0, fmt.Sprintf("al%d", i), nil)
			next := l.create(1, fmt.Sprintf("al%d", i), map[string]any{"aliases": []string{old.Handle}})
			fan := l.join("fan", old)
			_, before := l.verdicts(0)

			l.must("POST", "/v1/accounts/"+old.Handle+"/depart", map[string]any{"to": next.Handle, "shape": shape.Name}, nil)

			l.awaitOrder(t, before, shape.Name, strings.NewReplacer("OLD", regexp.QuoteMeta(string(old.ID)),
				"NEW", regexp.QuoteMeta(string(next.ID)), "FAN", regexp.QuoteMeta(string(fan))))
			if shape.Honoured == "nobody" {
				words, _ := l.verdicts(before)
				assert.Equal(t, []string{"refuse wrong-actor"}, words)
				assert.Contains(t, l.following("fan"), old.ID)
				return
			}
			l.expects(next, "follower", string(fan))
			l.expects(old, "not.follower", string(fan))
		})
	}
}

// awaitOrder waits for the activities of a shape, and looks at the Move.
func (l *lab) awaitOrder(t *testing.T, before int64, name string, ids *strings.Replacer) {
	t.Helper()
	want := wire[name]
	var moved string
	var order []string
	l.eventually(name+": "+want.order+" arrive", func() bool {
		in, err := l.tested.Received(t.Context(), before)
		require.NoError(t, err)
		order = nil
		for _, r := range in {
			if r.Type == vocab.TypeMove {
				moved = r.Body
			}
			if r.Type == vocab.TypeMove || r.Type == vocab.TypeUpdate {
				order = append(order, r.Type)
			}
		}
		return len(order) >= len(strings.Fields(want.order))
	})
	assert.Equal(t, want.order, strings.Join(order, " "))
	for _, pattern := range want.move {
		assert.Regexp(t, ids.Replace(pattern), moved)
	}
	o, err := vocab.Parse([]byte(moved))
	require.NoError(t, err)
	for _, member := range want.lacks {
		assert.False(t, o.Has(vocab.Property(member)), "%s has %s", name, member)
	}
}

func TestDepartures(t *testing.T) {
	l := open(t, move.Rules{})
	old := l.create(0, "al", nil)
	stranger := l.create(1, "al", nil)
	fan := l.join("fan", old)

	assert.Equal(t, 409, l.call("POST", "/v1/accounts/"+old.Handle+"/depart", map[string]any{"to": stranger.Handle}, nil), "the new account does not claim the old")
	assert.Equal(t, 409, l.call("POST", "/v1/accounts/"+old.Handle+"/depart", map[string]any{"to": stranger.Handle, "shape": "hollo"}, nil))
	assert.Equal(t, 404, l.call("POST", "/v1/accounts/"+old.Handle+"/depart", map[string]any{"to": stranger.Handle, "shape": "round"}, nil))

	l.tested.Busy(1, 0)
	var d struct {
		N      int
		Done   bool
		Ledger []struct {
			Activity, State  string
			Status, Attempts int
		}
	}
	l.must("POST", "/v1/accounts/"+old.Handle+"/depart", map[string]any{"to": stranger.Handle, "shape": "mastodon", "unlinked": true}, &d)
	l.eventually("all is sent", func() bool {
		l.must("GET", fmt.Sprintf("/v1/departures/%d", d.N), nil, &d)
		return d.Done
	})
	require.Len(t, d.Ledger, 2)
	assert.Equal(t, "Update", d.Ledger[0].Activity)
	assert.Equal(t, 2, d.Ledger[0].Attempts, "429 is tried again")
	for _, line := range d.Ledger {
		assert.Equal(t, 202, line.Status)
		assert.Equal(t, "answered", line.State)
	}
	words, _ := l.verdicts(0)
	assert.Equal(t, []string{"refuse not-linked"}, words)

	l.must("PATCH", "/v1/accounts/"+stranger.Handle, map[string]any{"aliases": []string{old.Handle}}, nil)
	l.must("POST", "/v1/accounts/"+old.Handle+"/depart", map[string]any{"to": stranger.Handle}, &d)
	l.expects(stranger, "follower", string(fan))
	l.eventually("the ledger has the inbox and the follower", func() bool {
		l.must("GET", fmt.Sprintf("/v1/departures/%d", d.N), nil, &d)
		states := map[string]int{}
		for _, line := range d.Ledger {
			states[line.State]++
		}
		return d.Done && states["answered"] == 1 && states["observed"] == 1
	})
}

func TestShapesAreDescribed(t *testing.T) {
	for _, s := range peer.Shapes() {
		assert.NotEmpty(t, s.About, s.Name)
		assert.NotEmpty(t, s.Update, s.Name)
		assert.NotEmpty(t, s.MovedTo, s.Name)
	}
}
