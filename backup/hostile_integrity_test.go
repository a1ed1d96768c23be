package backup_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/vocab"
)

// hostileOwn is a signed archive of ours, entry by entry, at a time.
func hostileOwn(t *testing.T, created time.Time) []hostileFile {
	u := unpack(t, copied(t, smallAccount(t), &backup.WriteOptions{Created: created, Key: aliceKey()}))
	var files []hostileFile
	for _, name := range u.names {
		files = append(files, hostileFile{name, u.body[name]})
	}
	return files
}

func hostileEntry(files []hostileFile, name string) int {
	return slices.IndexFunc(files, func(f hostileFile) bool { return f.name == name })
}

func hostilePut(files []hostileFile, name, body string) []hostileFile {
	files = slices.Clone(files)
	files[hostileEntry(files, name)].body = body
	return files
}

func hostileWithout(files []hostileFile, name string) []hostileFile {
	return slices.DeleteFunc(slices.Clone(files), func(f hostileFile) bool { return f.name == name })
}

func hostileReplaced(files []hostileFile, name, old, new string) []hostileFile {
	body := files[hostileEntry(files, name)].body
	if !strings.Contains(body, old) {
		panic("nothing to replace in " + name)
	}
	return hostilePut(files, name, strings.Replace(body, old, new, 1))
}

const (
	hostileIntegrityList = "godwit/integrity.jsonl"
	hostileProofEntry    = "godwit/proof.json"
)

// hostileResealed has a list and a proof made anew by whoever changed the rest.
func hostileResealed(t *testing.T, files []hostileFile, key *actor.PrivateKey) []hostileFile {
	var list strings.Builder
	n := 0
	for _, f := range files {
		if f.name == hostileIntegrityList {
			break
		}
		fmt.Fprintf(&list, `{"path":%q,"size":%d,"sha256":%q}`+"\n", f.name, len(f.body), sha(f.body))
		n++
	}
	files = hostilePut(files, hostileIntegrityList, list.String())
	text, _, _ := strings.Cut(strings.TrimSuffix(files[len(files)-1].body, "}\n"), `,"proof":`)
	for member, value := range map[string]string{
		"manifestDigest": `"` + sha(files[0].body) + `"`, "integrityDigest": `"` + sha(list.String()) + `"`, "entries": fmt.Sprint(n),
	} {
		text = regexp.MustCompile(`"`+member+`":("[0-9a-f]*"|[0-9]+)`).ReplaceAllString(text, `"`+member+`":`+value)
	}
	text += "}"
	if key == nil {
		return hostilePut(files, hostileProofEntry, text+"\n")
	}
	claim, err := vocab.Parse([]byte(text))
	require.NoError(t, err)
	signed, err := actor.SignProof(claim, *key, aDay, nil)
	require.NoError(t, err)
	return hostilePut(files, hostileProofEntry, string(signed.Value().Raw())+"\n")
}

// hostileIntegrity are archives of ours that somebody changed.
func hostileIntegrity() []hostileCase {
	changed := func(fault, want string, change func(files []hostileFile) []hostileFile) hostileCase {
		return hostileCase{fault: fault, want: want, input: func(w *hostileWorld) hostileInput {
			return hostileBytes(hostileTar(change(hostileOwn(w.t, aDay))...))
		}}
	}
	const outbox = "activitypub/outbox.json"
	return []hostileCase{
		changed("own-digest-differs", "refused: integrity-mismatch", func(f []hostileFile) []hostileFile {
			return hostileReplaced(f, outbox, "a cat", "a dog")
		}),
		changed("own-digest-of-the-actor-differs", "refused: integrity-mismatch", func(f []hostileFile) []hostileFile {
			return hostileReplaced(f, "activitypub/actor.json", "alice", "malic")
		}),
		changed("own-size-differs", "refused: integrity-mismatch", func(f []hostileFile) []hostileFile { return hostileReplaced(f, outbox, "a cat", "cat") }),
		changed("own-entry-missing", "refused: part-missing", func(f []hostileFile) []hostileFile { return hostileWithout(f, "activitypub/likes.json") }),
		changed("own-entry-behind-the-proof", "refused: entries-after-the-end", func(f []hostileFile) []hostileFile { return append(f, hostileFile{"more.json", "{}"}) }),
		changed("own-proof-missing", "blocked 1; muted 1; blocked-domains 1; actor 1; keys 1; media 2; content 2 (followers 1); history 1 (author 1); outbox 1; received 1; liked 1; shared 1; bookmarks 1; featured 1; lists 1; filters 1; featured-tags 1; preferences 1; followers 1; following 1; pending 1; unknown 2; !listed-absent", func(f []hostileFile) []hostileFile { return hostileWithout(f, hostileProofEntry) }),
		changed("own-list-missing", "refused: part-missing", func(f []hostileFile) []hostileFile { return hostileWithout(f, hostileIntegrityList) }),
		changed("own-proof-over-another-manifest", "refused: integrity-mismatch", func(f []hostileFile) []hostileFile {
			return hostileReplaced(f, "manifest.yml", "2026", "2025")
		}),
		{fault: "own-proof-of-an-older-export", want: "refused: integrity-mismatch", input: func(w *hostileWorld) hostileInput {
			older, newer := hostileOwn(w.t, aDay.Add(-24*time.Hour)), hostileOwn(w.t, aDay)
			return hostileBytes(hostileTar(hostilePut(newer, hostileProofEntry, older[len(older)-1].body)...))
		}},
		{fault: "own-entries-behind-the-end-with-a-proof", want: "refused: entries-after-the-end", input: func(w *hostileWorld) hostileInput {
			return hostileBytes(append(hostileTar(hostileOwn(w.t, aDay)...), hostileTar(hostileFile{"more.json", "{}"})...))
		}},
		{fault: "own-end-missing-and-all-there", want: "blocked 1; muted 1; blocked-domains 1; actor 1; keys 1; media 2; content 2 (followers 1); history 1 (author 1); outbox 1; received 1; liked 1; shared 1; bookmarks 1; featured 1; lists 1; filters 1; featured-tags 1; preferences 1; followers 1; following 1; pending 1; unknown 2; !tar-no-end", input: func(w *hostileWorld) hostileInput {
			data := hostileTar(hostileOwn(w.t, aDay)...)
			return hostileBytes(data[:len(data)-1024])
		}},
		{fault: "own-end-missing-and-the-proof-too", want: "refused: fewer-entries-than-said", input: func(w *hostileWorld) hostileInput {
			data := hostileTar(hostileWithout(hostileOwn(w.t, aDay), hostileProofEntry)...)
			return hostileBytes(data[:len(data)-1024])
		}},
	}
}

// TestHostileProof tries whose word a proof is.
func TestHostileProof(t *testing.T) {
	key := aliceKey()
	other, err := actor.GenerateEd25519("https://evil.example/users/mallory")
	require.NoError(t, err)
	imitated := other
	imitated.ID, imitated.Owner = key.ID, key.Owner
	cases := map[string]struct {
		change func(t *testing.T, files []hostileFile) []hostileFile
		trust  backup.Trust
		whole  bool
	}{
		"as it was":                                  {func(_ *testing.T, f []hostileFile) []hostileFile { return f }, backup.OwnKey, true},
		"made anew by nobody":                        {func(t *testing.T, f []hostileFile) []hostileFile { return hostileResealed(t, f, nil) }, backup.Unsigned, true},
		"by the key of another actor":                {func(t *testing.T, f []hostileFile) []hostileFile { return hostileResealed(t, f, &other) }, backup.UnknownKey, true},
		"by another key under the id of the actor's": {func(t *testing.T, f []hostileFile) []hostileFile { return hostileResealed(t, f, &imitated) }, backup.BadProof, false},
		"by a key that the actor has no more": {func(t *testing.T, f []hostileFile) []hostileFile {
			return hostileResealed(t, hostileReplaced(f, "activitypub/actor.json", `"assertionMethod"`, `"assertionMethodOfOld"`), key)
		}, backup.UnknownKey, true},
		"by a key that had expired": {func(t *testing.T, f []hostileFile) []hostileFile {
			return hostileResealed(t, hostileReplaced(f, "activitypub/actor.json", `"type":"Multikey"`, `"type":"Multikey","expires":"2020-01-01T00:00:00Z"`), key)
		}, backup.UnknownKey, true},
		"about another actor": {func(t *testing.T, f []hostileFile) []hostileFile {
			return hostileResealed(t, hostileReplaced(f, hostileProofEntry, `"actor":"https://old.example/users/alice"`, `"actor":"https://old.example/users/bob"`), key)
		}, backup.OwnKey, false},
	}
	for situation, c := range cases {
		t.Run(situation, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "archive.tar")
			require.NoError(t, os.WriteFile(path, hostileTar(c.change(t, hostileOwn(t, aDay))...), 0o600))
			verdict, err := backup.Verify(t.Context(), path, nil)
			require.NoError(t, err)
			assert.Equal(t, c.trust, verdict.Trust, "%+v", verdict.Findings)
			assert.Equal(t, c.whole, verdict.Whole(), "%+v", verdict.Findings)
		})
	}
}
