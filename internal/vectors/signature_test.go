package vectors_test

import (
	"bytes"
	"io/fs"
	"path"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	signaturevectors "codeberg.org/godwit/godwit/actor/client/vectors"
	"codeberg.org/godwit/godwit/internal/vectors"
)

func TestSignatureVectors(t *testing.T) {
	passed, failed, err := vectors.Run(t.Context(), signaturevectors.FS, func(f vectors.File, err error) {
		t.Run(strings.TrimSuffix(f.Path, ".json"), func(t *testing.T) {
			assert.Equal(t, "http-signature", f.Kind)
			assert.NotEmpty(t, f.Comment, "a vector says what it is about")
			assert.NoError(t, err, f.Comment)
		})
	})
	require.NoError(t, err)
	assert.Zero(t, failed)
	assert.GreaterOrEqual(t, passed, 152, "vectors are missing")
}

// An accepted vector is refused, and a refused one accepted or refused with
// another reason, once it expects the contrary: the runner looks.
func TestSignatureVectorsAreCompared(t *testing.T) {
	good, err := fs.ReadFile(signaturevectors.FS, "cavage-mastodon-post.json")
	require.NoError(t, err)
	bad, err := fs.ReadFile(signaturevectors.FS, "cavage-two-signatures.json")
	require.NoError(t, err)
	for name, data := range map[string][]byte{
		"accepted, expected refused":   replace(t, replace(t, good, `"expect": "accept"`, `"expect": "refuse", "reason": "unsigned"`), `"keyid": "https://old.example/users/al#main-key",`, ""),
		"accepted under another key":   replace(t, good, `"keyid": "https://old.example/users/al#main-key"`, `"keyid": "https://old.example/users/al#key"`),
		"refused, expected accepted":   replace(t, bad, `"expect": "refuse",`, `"expect": "accept", "keyid": "k"`+","),
		"refused for another reason":   replace(t, bad, `"reason": "ambiguous"`, `"reason": "stale"`),
		"refused for no known reason":  replace(t, bad, `"reason": "ambiguous"`, `"reason": "ugly"`),
		"a member that nobody knows":   replace(t, good, `"v": 1`, `"v": 1, "strict": true`),
		"no time":                      replace(t, good, `"at": "2026-11-22T12:00:00Z",`, ""),
		"an origin that is none":       replace(t, good, `"origin": "https://peer.example"`, `"origin": "peer.example"`),
		"a request without its end":    replace(t, good, `\r\n\r\n`, `\r\n`),
		"a request that is not HTTP":   replace(t, good, `POST /users/bob/inbox HTTP/1.1`, `POST`),
		"an answer that does not hold": replace(t, good, `"status": 200`, `"status": 2`),
		"no expectation":               replace(t, good, `"expect": "accept",`, ""),
		"another version":              replace(t, good, `"v": 1`, `"v": 2`),
		"another kind":                 replace(t, good, `"http-signature"`, `"signature"`),
	} {
		t.Run(name, func(t *testing.T) {
			passed, failed, err := vectors.Run(t.Context(), fstest.MapFS{"x.json": {Data: data}}, nil)
			require.NoError(t, err)
			assert.Equal(t, []int{0, 1}, []int{passed, failed}, "it must not pass")
		})
	}
}

func replace(t *testing.T, data []byte, from, to string) []byte {
	t.Helper()
	changed := bytes.Replace(data, []byte(from), []byte(to), 1)
	require.NotEqual(t, data, changed, "%s stands in the vector", from)
	return changed
}

func TestSignatureVectorsAreNamedByBehaviour(t *testing.T) {
	names, err := fs.Glob(signaturevectors.FS, "*.json")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	for _, name := range names {
		assert.Regexp(t, `^(none|(cavage|rfc9421|key)-[a-z0-9-]+)\.json$`, path.Base(name))
	}
}
