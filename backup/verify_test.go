package backup_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

const verified = "https://a.example/users/alice"

// signedAccount is a small account, and the key that its document lists.
func signedAccount(t *testing.T) (*portability.Memory, actor.PrivateKey) {
	t.Helper()
	key, err := actor.GenerateEd25519(verified)
	require.NoError(t, err)
	doc, err := vocab.Parse([]byte(`{"@context":["https://www.w3.org/ns/activitystreams","https://w3id.org/security/v1"],"id":"` +
		verified + `","type":"Person","preferredUsername":"alice","followers":"` + verified + `/followers"}`))
	require.NoError(t, err)
	doc, err = actor.WithKeys(doc, key.Public())
	require.NoError(t, err)
	account := portability.NewMemory(nil)
	picture := portability.Medium{URL: "https://a.example/1.png", Path: "1.png", Size: -1, Type: "image/png"}
	_, err = account.PutMedia(t.Context(), picture, bytes.NewReader(append([]byte("\x89PNG\r\n\x1a\n"), bytes.Repeat([]byte("picture"), 500)...)))
	require.NoError(t, err)
	post := func(id, more string, media ...portability.Medium) portability.Item {
		o, err := vocab.Parse([]byte(`{"@context":"https://www.w3.org/ns/activitystreams","id":"` + verified + id +
			`","type":"Note","attributedTo":"` + verified + `","to":"https://www.w3.org/ns/activitystreams#Public","published":"2020-01-01T00:00:00Z"` + more + `}`))
		require.NoError(t, err)
		return portability.Item{Ref: portability.Ref{Kind: portability.Content, ID: verified + id}, Object: o, Media: media}
	}
	_, err = account.Put(t.Context(), []portability.Item{
		{Ref: portability.Ref{Kind: portability.Actor, ID: verified}, Object: doc},
		post("/1", `,"content":"<p>first</p>","attachment":[{"type":"Image","url":"https://a.example/1.png"}]`, picture),
		post("/2", `,"content":"<p>second</p>","inReplyTo":"`+verified+`/1"`),
	})
	require.NoError(t, err)
	return account, key
}

func archived(t *testing.T, from portability.Source, o *backup.WriteOptions) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "archive")
	o.Created = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	w, err := backup.Create(path, o)
	require.NoError(t, err)
	report, err := portability.Copy(t.Context(), from, w, nil)
	require.NoError(t, err)
	require.True(t, report.Whole(), "%+v", report)
	require.NoError(t, w.Close())
	return path
}

func TestVerifyFindsNothingInWhatWasJustWritten(t *testing.T) {
	account, key := signedAccount(t)
	for _, compression := range []backup.Compression{backup.None, backup.Gzip, backup.Zstd} {
		t.Run("compression "+string(compression), func(t *testing.T) {
			verdict, err := backup.Verify(t.Context(), archived(t, account, &backup.WriteOptions{Compression: compression, Key: &key}), nil)
			require.NoError(t, err)
			assert.True(t, verdict.Complete(), "%+v", verdict.Findings)
			assert.Equal(t, backup.OwnKey, verdict.Trust)
			assert.Equal(t, key.ID, verdict.SignedBy)
		})
	}
}

func TestVerifyTellsWhatAProofIsWorth(t *testing.T) {
	account, key := signedAccount(t)
	path := archived(t, account, &backup.WriteOptions{Key: &key})
	public := key.Public()
	verdict, err := backup.Verify(t.Context(), path, &backup.VerifyOptions{Key: &public})
	require.NoError(t, err)
	assert.Equal(t, backup.KnownKey, verdict.Trust)

	other, err := actor.GenerateEd25519(verified)
	require.NoError(t, err)
	stranger := other.Public()
	verdict, err = backup.Verify(t.Context(), path, &backup.VerifyOptions{Key: &stranger})
	require.NoError(t, err)
	assert.Equal(t, backup.BadProof, verdict.Trust, "another key under the same id")
	assert.False(t, verdict.Whole())

	stranger.ID += "2"
	verdict, err = backup.Verify(t.Context(), path, &backup.VerifyOptions{Key: &stranger})
	require.NoError(t, err)
	assert.Equal(t, backup.UnknownKey, verdict.Trust)

	verdict, err = backup.Verify(t.Context(), archived(t, account, &backup.WriteOptions{}), nil)
	require.NoError(t, err)
	assert.Equal(t, backup.Unsigned, verdict.Trust)
	assert.True(t, verdict.Whole())
}

// Wherever a bit is flipped, the archive is refused or found to be damaged.
func TestVerifyFindsAnyFlippedBit(t *testing.T) {
	account, key := signedAccount(t)
	for _, compression := range []backup.Compression{backup.None, backup.Gzip, backup.Zstd} {
		t.Run("compression "+string(compression), func(t *testing.T) {
			whole, err := os.ReadFile(archived(t, account, &backup.WriteOptions{Compression: compression, Key: &key}))
			require.NoError(t, err)
			tries := 200
			if testing.Short() {
				tries = 40
			}
			seed := rand.Uint64()
			random := rand.New(rand.NewPCG(seed, 1))
			path := filepath.Join(t.TempDir(), "flipped")
			for range tries {
				at, bit := random.IntN(len(whole)), byte(1)<<random.IntN(8)
				flipped := bytes.Clone(whole)
				flipped[at] ^= bit
				require.NoError(t, os.WriteFile(path, flipped, 0o600))
				verdict, err := backup.Verify(t.Context(), path, nil)
				if err == nil && verdict.Whole() {
					t.Errorf("seed %d: bit %#x of byte %d of %d is not missed: %+v", seed, bit, at, len(whole), verdict.Findings)
				}
			}
		})
	}
}

// An outbox that its server or a download cut short is in an archive without a
// fault, and not all that there was.
func TestVerifyMissesWhatAnOutboxThatIsCutShortHad(t *testing.T) {
	post := func(id string) string {
		return `{"id":"` + verified + id + `","type":"Note","attributedTo":"` + verified +
			`","to":"https://www.w3.org/ns/activitystreams#Public","published":"2020-01-01T00:00:00Z","content":"x"}`
	}
	for name, c := range map[string]struct {
		outbox   string
		complete bool
	}{
		"whole":     {`{"type":"OrderedCollection","orderedItems":[` + post("/1") + "," + post("/2") + `]}`, true},
		"cut short": {`{"type":"OrderedCollection","orderedItems":[` + post("/1") + "," + post("/2")[:100], false},
	} {
		path := filepath.Join(t.TempDir(), "outbox.json")
		require.NoError(t, os.WriteFile(path, []byte(c.outbox), 0o600))
		verdict, err := backup.Verify(t.Context(), path, nil)
		require.NoError(t, err, name)
		assert.True(t, verdict.Whole(), name)
		assert.Equal(t, c.complete, verdict.Complete(), "%s: %+v", name, verdict.Findings)
	}
}

// No digest covers the last entry, so there every byte is tried.
func TestVerifyFindsAnyFlippedBitOfTheProof(t *testing.T) {
	account, key := signedAccount(t)
	for what, o := range map[string]*backup.WriteOptions{"signed": {Key: &key}, "unsigned": {}} {
		t.Run(what, func(t *testing.T) {
			whole, err := os.ReadFile(archived(t, account, o))
			require.NoError(t, err)
			begin := bytes.LastIndex(whole, []byte(`{"@context":`))
			length := bytes.IndexByte(whole[begin:], '\n')
			require.Greater(t, length, 500, "the proof is found")
			path := filepath.Join(t.TempDir(), "flipped")
			for i := range length {
				flipped := bytes.Clone(whole)
				flipped[begin+i] ^= byte(1) << rand.IntN(8)
				require.NoError(t, os.WriteFile(path, flipped, 0o600))
				verdict, err := backup.Verify(t.Context(), path, nil)
				if err == nil && verdict.Whole() {
					t.Errorf("byte %d (%q for %q) is missed: %+v", i, flipped[begin+i], whole[begin+i], verdict.Findings)
				}
			}
		})
	}
}
