package afterlife_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/container"
	"codeberg.org/godwit/godwit/internal/dialect"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/afterlife"
	"codeberg.org/godwit/godwit/portability/uriindex"
	"codeberg.org/godwit/godwit/vocab"
)

const (
	alice  = vocab.IRI("https://old.example/users/alice")
	there  = vocab.IRI("https://new.example/users/alice")
	public = "https://www.w3.org/ns/activitystreams#Public"
)

// object is a document in the making.
type object map[string]any

func document(t testing.TB, o object) *vocab.Object {
	t.Helper()
	data, err := json.Marshal(o)
	require.NoError(t, err)
	parsed, err := vocab.Parse(data)
	require.NoError(t, err)
	return parsed
}

// A shelf is an account in memory.
type shelf struct {
	t     testing.TB
	actor *vocab.Object
	items map[portability.Kind][]portability.Item
	files map[string][]byte // by path
	opens int               // how often content was asked for
	// after, if not nil, is called behind each item; its error ends reading.
	after func(portability.Item) error
}

func (s *shelf) Actor(context.Context) (*vocab.Object, error) {
	if s.actor == nil {
		return nil, portability.ErrNoActor
	}
	return s.actor, nil
}

func (s *shelf) Kinds(context.Context) ([]portability.Kind, error) { return nil, nil }

func (s *shelf) Items(_ context.Context, k portability.Kind, _ string) iter.Seq2[portability.Item, error] {
	return func(yield func(portability.Item, error) bool) {
		if k == portability.Content {
			s.opens++
		}
		for _, item := range s.items[k] {
			if !yield(item, nil) {
				return
			}
			if s.after != nil {
				if err := s.after(item); err != nil {
					yield(portability.Item{}, err)
					return
				}
			}
		}
	}
}

func (s *shelf) OpenMedia(_ context.Context, m portability.Medium) (io.ReadCloser, portability.Medium, error) {
	data, there := s.files[m.Path]
	if !there {
		return nil, m, portability.ErrNoMedium
	}
	return io.NopCloser(bytes.NewReader(data)), m, nil
}

func (s *shelf) add(k portability.Kind, o object, media ...portability.Medium) {
	s.t.Helper()
	s.items[k] = append(s.items[k], portability.Item{
		Ref: portability.Ref{Kind: k, ID: fmt.Sprint(o["id"])}, Object: document(s.t, o), Media: media, Next: fmt.Sprint(len(s.items[k]) + 1)})
}

func actorOf(id vocab.IRI, name string) object {
	origin := id.Origin()
	return object{
		"@context": "https://www.w3.org/ns/activitystreams", "id": id, "type": "Person", "preferredUsername": name,
		"inbox": id + "/inbox", "outbox": id + "/outbox", "followers": id + "/followers", "following": id + "/following",
		"endpoints": object{"sharedInbox": origin + "/inbox"}, "url": origin + "/@" + name, "name": "The " + name,
		"summary": "<p>of " + name + "</p>", "privateKeyPem": "SECRET-OF-" + name,
	}
}

func newShelf(t testing.TB, id vocab.IRI, name string) *shelf {
	return &shelf{t: t, actor: document(t, actorOf(id, name)), items: map[portability.Kind][]portability.Item{}, files: map[string][]byte{}}
}

func note(id string, to ...any) object {
	return object{
		"@context": "https://www.w3.org/ns/activitystreams", "id": id, "type": "Note", "attributedTo": alice,
		"to": to, "content": "<p>text of " + id[strings.LastIndex(id, "/")+1:] + "</p>", "published": "2020-01-02T03:04:05Z",
	}
}

func status(n int) string { return fmt.Sprintf("%s/statuses/%d", alice, n) }

var png = []byte("\x89PNG\r\n\x1a\nnot much of a picture")

// aShelf is an account with a bit of everything: posts 1 and 2 are public, 3 is
// unlisted, 4 for followers, 5 for one person; 1 has a picture, 2 the same and a
// drawing, 4 a picture of its own.
func aShelf(t testing.TB) *shelf {
	s := newShelf(t, alice, "alice")
	s.files["one.png"], s.files["draw.svg"], s.files["hidden.png"] = png, []byte(`<svg xmlns="x"><script>alert(1)</script></svg>`), append(png, '!')
	one := portability.Medium{URL: "https://old.example/system/one.png", Path: "one.png", Size: -1}
	draw := portability.Medium{URL: "https://old.example/system/draw.svg", Path: "draw.svg", Size: -1}
	hidden := portability.Medium{URL: "https://old.example/system/hidden.png", Path: "hidden.png", Size: -1}
	first := note(status(1), public)
	first["url"] = "https://old.example/@alice/1"
	first["bto"], first["bcc"] = []string{"https://secret.example/bto"}, []string{"https://secret.example/bcc"}
	s.add(portability.Content, first, one)
	second := note(status(2), public)
	second["inReplyTo"] = status(4)
	second["replies"] = object{"id": status(2) + "/replies", "type": "Collection", "first": object{"items": []any{status(4), object{"id": "https://other.example/1", "content": "RECEIVED-BODY"}}}}
	second["quote"] = object{"id": "https://other.example/2", "type": "Note", "attributedTo": "https://other.example/bob", "content": "QUOTED-BODY"}
	s.add(portability.Content, second, one, draw)
	third := note(status(3), "https://old.example/users/alice/followers")
	third["cc"] = []string{public}
	s.add(portability.Content, third)
	s.add(portability.Content, note(status(4), string(alice)+"/followers"), hidden)
	s.add(portability.Content, note(status(5), "https://other.example/bob"))
	s.add(portability.Outbox, object{"@context": "https://www.w3.org/ns/activitystreams", "id": status(6) + "/activity", "type": "Announce", "actor": alice,
		"to": []string{public}, "object": object{"id": "https://other.example/3", "type": "Note", "attributedTo": "https://other.example/bob", "content": "SHARED-BODY"}})
	s.add(portability.Inbox, object{"id": "https://other.example/dm", "type": "Note", "content": "INBOX-BODY"})
	s.add(portability.Received, object{"id": "https://other.example/4", "type": "Note", "content": "REPLY-BODY"})
	return s
}

// each gives accounts to a build.
func each(accounts ...afterlife.Account) iter.Seq2[afterlife.Account, error] {
	return func(yield func(afterlife.Account, error) bool) {
		for _, a := range accounts {
			if !yield(a, nil) {
				return
			}
		}
	}
}

func account(s portability.Source) afterlife.Account { return afterlife.Account{Source: s} }

// built makes a door file and opens it.
func built(t testing.TB, path string, o *afterlife.Options, accounts ...afterlife.Account) (*afterlife.Door, *afterlife.Report) {
	t.Helper()
	report, err := afterlife.Build(t.Context(), path, each(accounts...), o)
	require.NoError(t, err)
	require.NoDirExists(t, path+".unfinished", "what was worked on is gone")
	door, err := afterlife.Open(path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, door.Close()) })
	return door, report
}

func doorPath(t testing.TB) string { return filepath.Join(t.TempDir(), "door") }

// index makes a URI map of pairs of old and new.
func index(t testing.TB, mappings ...portability.Mapping) *uriindex.Index {
	t.Helper()
	path := filepath.Join(t.TempDir(), "map")
	_, err := uriindex.Build(t.Context(), path, func(yield func(portability.Mapping, error) bool) {
		for _, m := range mappings {
			if !yield(m, nil) {
				return
			}
		}
	}, nil)
	require.NoError(t, err)
	x, err := uriindex.Open(path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, x.Close()) })
	return x
}

func mapping(old, new vocab.IRI, audience portability.Audience) portability.Mapping {
	return portability.Mapping{Old: old, ID: old, New: new, Kind: portability.Content, From: alice, To: there, Audience: audience, At: time.Unix(1e9, 0).UTC()}
}

func tombstones(t testing.TB, path string) *afterlife.Tombstones {
	t.Helper()
	s, err := afterlife.OpenTombstones(path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// samples are real takeouts that lie beside the project where it is developed.
var samples = map[string]string{
	"2022": "mastodon-takeouts/2022-v3.5",
	"2023": "mastodon-takeouts/2023-v4.0/archive",
}

func sample(t testing.TB, path string) *dialect.Account {
	t.Helper()
	full := filepath.Join("..", "..", "..", "shared", "samples", filepath.FromSlash(path))
	if _, err := os.Stat(full); err != nil {
		if os.Getenv("GODWIT_CI") == "1" {
			require.NoError(t, err)
		}
		t.Skipf("the sample is not here: %v", err)
	}
	archive, err := container.Open(t.Context(), full, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, archive.Close()) })
	from, err := dialect.Open(t.Context(), archive, nil)
	require.NoError(t, err)
	return from
}
