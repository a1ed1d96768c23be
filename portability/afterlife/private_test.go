package afterlife_test

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/afterlife"
	"codeberg.org/godwit/godwit/vocab"
)

// everything is all bytes in a folder, and the names of its files.
func everything(t testing.TB, dir string) []byte {
	t.Helper()
	var all bytes.Buffer
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		all.WriteString(path + "\n")
		all.Write(data)
		return err
	}))
	require.NotZero(t, all.Len())
	return all.Bytes()
}

// withStatic is a door file and the files made of it.
func withStatic(t testing.TB, path string, door *afterlife.Door) []byte {
	t.Helper()
	static := filepath.Join(t.TempDir(), "static")
	_, err := afterlife.WriteStatic(t.Context(), door, static, nil)
	require.NoError(t, err)
	return append(everything(t, path), everything(t, static)...)
}

func TestNothingPrivateIsInADoorFile(t *testing.T) {
	path := doorPath(t)
	door, _ := built(t, path, nil, account(aShelf(t)))
	all := withStatic(t, path, door)
	assert.Contains(t, string(all), "text of 1", "what is for everybody is there")
	assert.Contains(t, string(all), "https://other.example/2", "what is quoted is named")
	for _, secret := range []string{"text of 4", "text of 5", status(4), status(5), "statuses/4", "SECRET-OF", "secret.example", `"bto"`, `"bcc"`,
		"RECEIVED-BODY", "QUOTED-BODY", "SHARED-BODY", "INBOX-BODY", "REPLY-BODY", "not much of a picture!", "hidden.png"} {
		assert.False(t, bytes.Contains(all, []byte(secret)), "%q is in the door file", secret)
	}
}

// Servers have words of their own for what is not for strangers, whatever a post is
// addressed to.
func TestWhatIsNotForStrangersByItsOwnWordsIsInNoDoorFile(t *testing.T) {
	for name, more := range map[string]object{
		"local":                     {"localOnly": true},
		"local, in another word":    {"local_only": true},
		"not federated":             {"federated": false},
		"for followers":             {"visibility": "followers"},
		"a direct message":          {"directMessage": true},
		"the people of one server":  {"audience": "https://old.example/#Public"},
		"words with other meanings": {"@context": object{"@vocab": "https://x.example/#"}},
	} {
		t.Run(name, func(t *testing.T) {
			s, path := newShelf(t, alice, "alice"), doorPath(t)
			post := note(status(4), public)
			maps.Copy(post, more)
			s.add(portability.Content, note(status(1), public))
			s.add(portability.Content, post)
			door, report := built(t, path, nil, account(s))
			all := string(withStatic(t, path, door))
			assert.Contains(t, all, "text of 1", "what is for everybody is there")
			assert.NotContains(t, all, "text of 4")
			assert.NotContains(t, all, status(4))
			assert.EqualValues(t, 1, report.Objects)
		})
	}
}

// TestNothingPrivateOfTakeoutsIsInADoorFile looks for every id of what is not for
// everybody, and for its text where nothing else says the same.
func TestNothingPrivateOfTakeoutsIsInADoorFile(t *testing.T) {
	for name, where := range samples {
		t.Run(name, func(t *testing.T) {
			from, path := sample(t, where), doorPath(t)
			door, _ := built(t, path, nil, account(from))
			require.NoError(t, door.Verify(t.Context()))
			all := everything(t, path)
			private, open := privateOf(t, from)
			require.NotEmpty(t, private, "the takeout has posts that are not for everybody")
			looked := 0
			for word := range private {
				if strings.Contains(open, word) {
					continue // its author said it to everybody as well
				}
				looked++
				if bytes.Contains(all, []byte(word)) {
					assert.Fail(t, "something private is in the door file", word)
				}
			}
			assert.Greater(t, looked, len(private)/2)
		})
	}
}

// privateOf returns ids and texts of what is not for everybody, and all text of what
// is.
func privateOf(t *testing.T, from portability.Source) (map[string]bool, string) {
	actor, err := from.Actor(t.Context())
	require.NoError(t, err)
	readers, private := portability.ReadershipOf(actor), map[string]bool{}
	var open strings.Builder
	for _, k := range []portability.Kind{portability.Content, portability.Outbox} {
		for item, err := range from.Items(t.Context(), k, "") {
			require.NoError(t, err)
			audience, said := readers.AudienceOf(item)
			if said && (audience == portability.ForPublic || audience == portability.ForUnlisted) {
				open.WriteString(item.Object.Text(vocab.Content))
				continue
			}
			private[string(item.Object.ID())] = true
			private[item.Object.Text(vocab.Content)] = true
			for _, u := range item.Object.IRIs(vocab.URL) {
				private[string(u)] = true
			}
			for _, m := range item.Media {
				private[string(m.URL)] = true
			}
		}
	}
	delete(private, "")
	return private, open.String()
}
