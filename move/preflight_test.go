package move_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// members are edits of a document: nil takes a member out.
type members map[vocab.Property]any

// leaving is one situation before a move.
type leaving struct {
	old, new members
	// broken answers for an account in place of its document.
	broken  map[vocab.IRI]error
	options move.PreflightOptions
	// others are further documents.
	others map[vocab.IRI]string
}

// Fetch answers from the situation; it is actor.Fetcher.
func (l leaving) Fetch(_ context.Context, id vocab.IRI) (*vocab.Object, error) {
	if err := l.broken[id]; err != nil {
		return nil, &actor.FetchError{ID: id, Err: err}
	}
	if text, known := l.others[id]; known {
		return vocab.Parse([]byte(text))
	}
	switch id {
	case old:
		return edited(person(old), l.old)
	case next:
		return edited(person(next, `"alsoKnownAs":["`+string(old)+`"]`), l.new)
	}
	return nil, &actor.FetchError{ID: id, StatusCode: 404, Err: actor.ErrNotFound}
}

// person is the document of an account, with a key and further members.
func person(id vocab.IRI, further ...string) string {
	return fmt.Sprintf(`{"@context":"https://www.w3.org/ns/activitystreams","id":%q,"type":"Person","preferredUsername":"al","inbox":"%s/inbox",
		"url":"%s","publicKey":{"id":"%s#main-key","owner":%q,"publicKeyMultibase":"z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"}%s}`,
		id, id, strings.Replace(string(id), "users/", "@", 1), id, id, strings.Join(append([]string{""}, further...), ","))
}

func edited(text string, edits members) (*vocab.Object, error) {
	o, err := vocab.Parse([]byte(text))
	for _, p := range slices.Sorted(maps.Keys(edits)) {
		switch {
		case err != nil:
			return nil, err
		case edits[p] == nil:
			o, err = o.Without(p)
		default:
			o, err = o.With(p, edits[p])
		}
	}
	return o, err
}

func (l leaving) forecast(t *testing.T) *move.Forecast {
	t.Helper()
	if l.options.Resolve == nil {
		l.options.Resolve = leadsTo(next)
	}
	l.options.Now = func() time.Time { return noon }
	forecast, err := move.Preflight(t.Context(), l, old, next, &l.options)
	require.NoError(t, err)
	return forecast
}

func leadsTo(id vocab.IRI) func(context.Context, string) (vocab.IRI, error) {
	return func(_ context.Context, handle string) (vocab.IRI, error) {
		if handle != "al@new.example" {
			return "", fmt.Errorf("asked for %s", handle)
		}
		return id, nil
	}
}

func failsWith(err error) func(context.Context, string) (vocab.IRI, error) {
	return func(context.Context, string) (vocab.IRI, error) { return "", err }
}

// said is an outlook in a few words: "ignored alias-list".
func said(o move.Outlook) string {
	words := []string{string(o.Prediction)}
	for _, f := range o.Failing {
		words = append(words, string(f.Rule))
	}
	return strings.Join(words, " ")
}

// fillers is n aliases that are somebody else's, and then the old account's.
func fillers(n int) []any {
	var all []any
	for i := range n {
		all = append(all, fmt.Sprintf("https://other.example/users/%d", i))
	}
	return append(all, old)
}

const everybody = "mastodon gotosocial misskey pixelfed wordpress emissary akkoma mitra snac hollo ghost vutuv vernissage bookwyrm friendica bridgyfed godwit"

// readers of movedTo.
const movedToReaders = "misskey pixelfed wordpress vernissage"

// readers of aliases.
const aliasReaders = "mastodon gotosocial misskey pixelfed wordpress emissary akkoma mitra snac hollo ghost vutuv vernissage bookwyrm godwit"

func without(families, some string) string {
	return strings.Join(slices.DeleteFunc(strings.Fields(families), func(name string) bool {
		return slices.Contains(strings.Fields(some), name)
	}), " ")
}

// Each situation says what differs from everybody honouring the move.
func TestPreflight(t *testing.T) {
	for situation, c := range map[string]struct {
		leaving
		want    map[string]string // by families
		refusal move.Reason
	}{
		"everything as the strictest reader wants it": {},
		"movedTo set already":                         {leaving: leaving{old: members{"movedTo": next}}},

		"no alias": {
			leaving: leaving{new: members{"alsoKnownAs": nil}},
			want:    map[string]string{aliasReaders: "ignored not-linked"}, refusal: move.NotLinked,
		},
		"alias of a stranger": {
			leaving: leaving{new: members{"alsoKnownAs": []any{"https://old.example/users/bob", "did:key:z6Mk", "at://al"}}},
			want:    map[string]string{aliasReaders: "ignored not-linked"}, refusal: move.NotLinked,
		},
		"alias is a bare string": {
			leaving: leaving{new: members{"alsoKnownAs": old}},
			want:    map[string]string{"snac": "ignored alias-list"},
		},
		"alias is an object": {
			leaving: leaving{new: members{"alsoKnownAs": []any{map[string]any{"id": old}}}},
			want: map[string]string{
				"gotosocial snac": "ignored alias-object",
				"misskey pixelfed wordpress akkoma mitra hollo ghost vutuv vernissage bookwyrm": "cannot-tell alias-object",
			},
		},
		"alias is the page": {
			leaving: leaving{new: members{"alsoKnownAs": []any{"https://old.example/@al"}}},
			want: map[string]string{
				without(aliasReaders, "wordpress godwit"): "ignored alias-page", "godwit": "ignored not-linked",
			},
			refusal: move.NotLinked,
		},
		"alias is the handle": {
			leaving: leaving{new: members{"alsoKnownAs": []any{"acct:al@old.example"}}},
			want: map[string]string{
				without(aliasReaders, "wordpress godwit"): "ignored alias-handle", "godwit": "ignored not-linked",
			},
			refusal: move.NotLinked,
		},
		"alias has http for https": {
			leaving: leaving{new: members{"alsoKnownAs": []any{"http://old.example/users/al"}}},
			want: map[string]string{
				without(aliasReaders, "godwit"): "ignored alias-spelling", "godwit": "ignored not-linked",
			},
			refusal: move.NotLinked,
		},
		"alias in other letters": {
			leaving: leaving{new: members{"alsoKnownAs": []any{"https://Old.example/users/al"}}},
			want: map[string]string{
				without(aliasReaders, "godwit vernissage"): "ignored alias-spelling", "godwit": "ignored not-linked",
			},
			refusal: move.NotLinked,
		},
		"alias in a strange form beside the right one": {
			leaving: leaving{new: members{"alsoKnownAs": []any{"http://old.example/users/al", "acct:al@old.example", old}}},
		},
		"alias at position 20": {leaving: leaving{new: members{"alsoKnownAs": fillers(19)}}},
		"alias at position 21": {
			leaving: leaving{new: members{"alsoKnownAs": fillers(20)}},
			want:    map[string]string{"gotosocial": "ignored alias-position"},
		},
		"alias at position 256": {
			leaving: leaving{new: members{"alsoKnownAs": fillers(255)}},
			want:    map[string]string{"gotosocial": "ignored alias-position"},
		},
		"alias at position 257": {
			leaving: leaving{new: members{"alsoKnownAs": fillers(256)}},
			want: map[string]string{
				"gotosocial mastodon": "ignored alias-position", "godwit": "ignored not-linked",
			},
			refusal: move.NotLinked,
		},

		"movedTo elsewhere": {
			leaving: leaving{old: members{"movedTo": far}},
			want:    map[string]string{movedToReaders + " godwit": "ignored moved-elsewhere"}, refusal: move.MovedElsewhere,
		},
		"movedTo is the page of the new account": {
			leaving: leaving{old: members{"movedTo": "https://new.example/@al"}},
			want: map[string]string{
				movedToReaders: "ignored moved-to-page", "godwit": "ignored moved-elsewhere",
			},
			refusal: move.MovedElsewhere,
		},
		"movedTo twice": {
			leaving: leaving{old: members{"movedTo": []any{next, far}}},
			want:    map[string]string{movedToReaders + " godwit": "ignored malformed"}, refusal: move.Malformed,
		},
		"movedTo in an array": {
			leaving: leaving{old: members{"movedTo": []any{next}}},
			want:    map[string]string{movedToReaders: "cannot-tell moved-to-shape"},
		},
		"the old software never says movedTo": {
			leaving: leaving{options: move.PreflightOptions{Software: "Pleroma"}},
			want: map[string]string{
				movedToReaders: "ignored not-moved", "godwit": "notify-only not-moved",
			},
			refusal: move.NotMoved,
		},
		"the old software never says movedTo, but it was set by hand": {
			leaving: leaving{old: members{"movedTo": next}, options: move.PreflightOptions{Software: "snac"}},
		},
		"the old software gives its Move no id": {
			leaving: leaving{options: move.PreflightOptions{Software: "emissary"}},
			want: map[string]string{
				"misskey pixelfed":       "ignored move-id not-moved",
				"wordpress vernissage":   "ignored not-moved",
				"gotosocial mitra ghost": "ignored move-id",
				"godwit":                 "notify-only not-moved",
			},
			refusal: move.NotMoved,
		},
		"the old account is only copied": {
			leaving: leaving{old: members{"copiedTo": next}},
			want:    map[string]string{"godwit": "ignored copied-only"}, refusal: move.CopiedOnly,
		},

		"key id is a path": {
			leaving: leaving{old: members{"publicKey": map[string]any{
				"id": old + "/main-key", "owner": old, "publicKeyMultibase": "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2",
			}}},
			want: map[string]string{"snac": "ignored key-id"},
		},
		"key in a document of its own": {leaving: leaving{old: members{"publicKey": old + "#main-key"}}},
		"no key": {
			leaving: leaving{old: members{"publicKey": nil}},
			want:    map[string]string{without(everybody, "godwit"): "ignored no-key", "godwit": "ignored unsigned"},
			refusal: move.Unsigned,
		},

		"new account is a Service": {
			leaving: leaving{new: members{"type": "Service"}},
			want:    map[string]string{"wordpress": "ignored person-only"},
		},
		"new account is of a type of its own": {
			leaving: leaving{new: members{"type": "https://example.org/Robot"}},
			want:    map[string]string{"wordpress": "ignored person-only", "emissary": "ignored wrong-type"},
		},
		"new account is a note": {
			leaving: leaving{new: members{"type": "Note", "inbox": nil}},
			want: map[string]string{
				without(everybody, "wordpress"): "ignored wrong-type", "wordpress": "ignored wrong-type person-only",
			},
			refusal: move.WrongType,
		},
		"new account suspended": {
			leaving: leaving{new: members{"suspended": true}},
			want:    map[string]string{"mastodon gotosocial godwit": "ignored suspended"}, refusal: move.Suspended,
		},
		"new account gone": {
			leaving: leaving{new: members{"type": []any{"Person", "Tombstone"}}},
			want:    map[string]string{everybody: "ignored gone"}, refusal: move.Gone,
		},
		"new account moved on": {
			leaving: leaving{
				new:    members{"movedTo": far},
				others: map[vocab.IRI]string{far: person(far, `"alsoKnownAs":["`+string(next)+`"]`)},
			},
			want: map[string]string{"mastodon gotosocial": "ignored moved-further"},
		},
		"new account moved on to one that knows nothing of it": {
			leaving: leaving{new: members{"movedTo": far}, others: map[vocab.IRI]string{far: person(far)}},
			want:    map[string]string{"mastodon gotosocial godwit": "ignored moved-further"}, refusal: move.MovedFurther,
		},
		"new account moved back": {
			leaving: leaving{new: members{"movedTo": old}},
			want:    map[string]string{"mastodon gotosocial misskey godwit": "ignored cycle"}, refusal: move.Cycle,
		},
		"new account without context": {
			leaving: leaving{new: members{"@context": nil}},
			want:    map[string]string{"mastodon": "ignored no-context"},
		},
		"new account without a user name": {
			leaving: leaving{new: members{"preferredUsername": nil}},
			want:    map[string]string{"mastodon": "ignored username"},
		},
		"WebFinger does not know the new account": {
			leaving: leaving{options: move.PreflightOptions{Resolve: failsWith(fmt.Errorf("no such account"))}},
			want:    map[string]string{"mastodon": "ignored webfinger"},
		},
		"WebFinger leads elsewhere": {
			leaving: leaving{options: move.PreflightOptions{Resolve: leadsTo(far)}},
			want:    map[string]string{"mastodon": "ignored webfinger"},
		},
		"WebFinger does not answer just now": {
			leaving: leaving{options: move.PreflightOptions{Resolve: failsWith(&actor.FetchError{Err: actor.ErrTimeout})}},
			want:    map[string]string{"mastodon": "cannot-tell webfinger"},
		},
		"WebFinger is kept from strangers": {
			leaving: leaving{options: move.PreflightOptions{Resolve: failsWith(fmt.Errorf("asked: %w", actor.ErrForbidden))}},
			want:    map[string]string{"mastodon": "cannot-tell webfinger"},
		},
		"the new server wants a Follow to have an id": {
			leaving: leaving{options: move.PreflightOptions{NewSoftware: "gotosocial"}},
			want:    map[string]string{"pixelfed": "ignored follow-id"},
		},
		"the new server publishes no aliases": {
			leaving: leaving{new: members{"alsoKnownAs": nil}, options: move.PreflightOptions{NewSoftware: "emissary"}},
			want: map[string]string{
				without(aliasReaders, "godwit"): "ignored aliases-impossible", "godwit": "ignored not-linked",
			},
			refusal: move.NotLinked,
		},

		"the old account is hidden from strangers": {
			leaving: leaving{broken: map[vocab.IRI]error{old: actor.ErrForbidden}},
			want:    map[string]string{everybody: "cannot-tell hidden"},
		},
		"the old account is hidden, and the new one claims another": {
			leaving: leaving{broken: map[vocab.IRI]error{old: actor.ErrForbidden}, new: members{"alsoKnownAs": []any{far}}},
			want: map[string]string{
				without(aliasReaders, "wordpress mitra"): "ignored not-linked",
				"wordpress mitra friendica bridgyfed":    "cannot-tell hidden",
			},
			refusal: move.NotLinked,
		},
		"the new account is hidden from strangers": {
			leaving: leaving{broken: map[vocab.IRI]error{next: actor.ErrForbidden}},
			want:    map[string]string{everybody: "cannot-tell hidden"},
		},
		"the new account does not exist": {
			leaving: leaving{broken: map[vocab.IRI]error{next: actor.ErrNotFound}},
			want:    map[string]string{everybody: "ignored unreachable"}, refusal: move.Unreachable,
		},
		"the new account was deleted": {
			leaving: leaving{broken: map[vocab.IRI]error{next: actor.ErrGone}},
			want:    map[string]string{everybody: "ignored gone"}, refusal: move.Gone,
		},
		"the new account is on a private network": {
			leaving: leaving{broken: map[vocab.IRI]error{next: actor.ErrPrivate}},
			want:    map[string]string{everybody: "ignored private-address"}, refusal: move.PrivateAddress,
		},
		"the old account answers with the new one's document": {
			leaving: leaving{broken: map[vocab.IRI]error{old: actor.ErrRedirected}},
			want:    map[string]string{everybody: "ignored redirected"}, refusal: move.Redirected,
		},
	} {
		t.Run(situation, func(t *testing.T) {
			forecast := c.forecast(t)
			assert.Equal(t, old, forecast.Old)
			assert.Equal(t, next, forecast.New)
			want := map[string]string{}
			for name := range strings.FieldsSeq(everybody) {
				want[name] = "honoured"
			}
			want["bookwyrm"] = "notify-only"
			for families, words := range c.want {
				for name := range strings.FieldsSeq(families) {
					want[name] = words
				}
			}
			got := map[string]string{}
			for _, o := range forecast.Outlooks {
				got[o.Family] = said(o)
				for _, f := range o.Failing {
					assert.NotEmpty(t, f.Remedy, "%s: %s has no remedy", o.Family, f.Rule)
					assert.NotContains(t, f.Remedy, "{", "%s: %s", o.Family, f.Rule)
				}
			}
			assert.Equal(t, want, got)
			if c.refusal == "" {
				assert.Nil(t, forecast.Refusal, "strict rules have nothing against it")
				return
			}
			require.NotNil(t, forecast.Refusal, "strict rules refuse it")
			assert.Equal(t, c.refusal, forecast.Refusal.Reason)
		})
	}
}
