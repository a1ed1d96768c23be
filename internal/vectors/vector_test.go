package vectors_test

import (
	"io/fs"
	"path"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/vectors"
	movevectors "codeberg.org/godwit/godwit/move/vectors"
)

func TestMoveVectors(t *testing.T) {
	comments := map[string]string{}
	passed, failed, err := vectors.Run(t.Context(), movevectors.FS, func(f vectors.File, err error) {
		t.Run(strings.TrimSuffix(f.Path, ".json"), func(t *testing.T) {
			assert.NoError(t, err, f.Comment)
			assert.Equal(t, "move", f.Kind)
			assert.NotEmpty(t, f.Comment, "a vector says what it is about")
			assert.Empty(t, comments[f.Comment], "one behaviour, one file")
			comments[f.Comment] = f.Path
		})
	})
	require.NoError(t, err)
	assert.Zero(t, failed)
	assert.GreaterOrEqual(t, passed+failed, 280, "vectors are missing")
}

// A server that takes Moves in before it asks others comes to the same.
func TestMoveVectorsTakenIn(t *testing.T) {
	run := 0
	_, _, err := vectors.Run(t.Context(), movevectors.FS, func(f vectors.File, _ error) {
		run++
		t.Run(strings.TrimSuffix(f.Path, ".json"), func(t *testing.T) {
			assert.NoError(t, vectors.RunTaken(t.Context(), f.Data), f.Comment)
		})
	})
	require.NoError(t, err)
	assert.GreaterOrEqual(t, run, 280, "vectors are missing")
}

func TestMoveVectorsNameKnownImplementations(t *testing.T) {
	known := map[string]bool{}
	for name := range strings.FieldsSeq("mastodon gotosocial misskey pixelfed wordpress emissary akkoma mitra snac hollo ghost bridgyfed vutuv vernissage bookwyrm friendica fedify") {
		known[name] = true
	}
	outcomes := map[string]bool{"accept": true, "refuse": true, "defer": true, "unconfirmed": true, "held": true, "noop": true}
	named := 0
	_, _, err := vectors.Run(t.Context(), movevectors.FS, func(f vectors.File, _ error) {
		for name, outcome := range f.Others {
			named++
			assert.True(t, known[name], "%s: %s", f.Path, name)
			assert.True(t, outcomes[outcome], "%s: %s", f.Path, outcome)
		}
	})
	require.NoError(t, err)
	assert.NotZero(t, named)
}

func TestRunCountsAndReports(t *testing.T) {
	good, err := fs.ReadFile(movevectors.FS, "canonical-move.json")
	require.NoError(t, err)
	files := fstest.MapFS{
		"a/good.json":      {Data: good},
		"bad.json":         {Data: []byte(`{"v":1,"kind":"move"}`)},
		"notes/README.md":  {Data: []byte(`no vector`)},
		"unknown.json":     {Data: []byte(`{"v":1,"kind":"dance"}`)},
		"not-json.json":    {Data: []byte(`{`)},
		"version-two.json": {Data: []byte(`{"v":2,"kind":"move"}`)},
	}
	got := map[string]bool{}
	passed, failed, err := vectors.Run(t.Context(), files, func(f vectors.File, err error) { got[f.Path] = err == nil })
	require.NoError(t, err)
	assert.Equal(t, 1, passed)
	assert.Equal(t, 4, failed)
	assert.Equal(t, map[string]bool{
		"a/good.json": true, "bad.json": false, "unknown.json": false, "not-json.json": false, "version-two.json": false,
	}, got)
}

func TestRunOfNothingIsAnError(t *testing.T) {
	_, _, err := vectors.Run(t.Context(), fstest.MapFS{"README.md": {}}, nil)
	assert.ErrorIs(t, err, vectors.ErrNone)
}

// The runner would be worthless if it let a wrong expectation pass, or
// overlooked a member that it does not know.
func TestMoveVectorsThatMustFail(t *testing.T) {
	canonical, err := fs.ReadFile(movevectors.FS, "canonical-move.json")
	require.NoError(t, err)
	refused, err := fs.ReadFile(movevectors.FS, "target-does-not-claim.json")
	require.NoError(t, err)
	for situation, c := range map[string]struct{ vector, from, to, want string }{
		"another outcome":         {string(canonical), `"expect": "accept"`, `"expect": "refuse"`, "outcome"},
		"another reason":          {string(refused), `"reason": "not-linked"`, `"reason": "gone"`, "reason"},
		"another new account":     {string(canonical), `"new": "https://new.example/users/al"`, `"new": "https://old.example/users/al"`, "new"},
		"another old account":     {string(canonical), `"old": "https://old.example/users/al"`, `"old": "https://new.example/users/al"`, "old"},
		"an effect is missing":    {string(refused), `"effects": []`, `"effects": [["follow", "https://here.example/users/fay", "https://new.example/users/al"]]`, "effects"},
		"an effect too many":      {string(canonical), `"effects": [["undo", "https://here.example/users/fay", "https://old.example/users/al"]]`, `"effects": []`, "effects"},
		"an outcome that is none": {string(canonical), `"expect": "accept"`, `"expect": "accepted"`, "no such outcome"},
		"an unknown member":       {string(canonical), `"v": 1`, `"v": 1, "Kind": "move"`, "unknown"},
		"an unknown step member":  {string(canonical), `"expect": "accept"`, `"expect": "accept", "expects": "accept"`, "unknown"},
		"an unknown peer member":  {string(canonical), `"status": 200`, `"status": 200, "code": 200`, "unknown"},
		"a member named twice":    {string(canonical), `"v": 1`, `"v": 1, "v": 1`, "duplicate"},
		"no key":                  {string(canonical), `"key": "https://old.example/users/al#main-key", `, ``, "needs a key"},
		"a step back in time":     {string(canonical), `"at": "2026-11-22T12:00:05Z"`, `"at": "2026-11-22T11:00:05Z"`, "back in time"},
		"an unknown event":        {string(canonical), `"event": ["accepted"`, `"event": ["agreed"`, "no such event"},
		"an unknown follower":     {string(canonical), `"event": ["accepted", "https://here.example/users/fay"]`, `"event": ["accepted", "https://here.example/users/guy"]`, "no such follower"},
		"a status that is none":   {string(canonical), `"status": 200`, `"status": 20`, "status 20"},
	} {
		t.Run(situation, func(t *testing.T) {
			changed := strings.Replace(c.vector, c.from, c.to, 1)
			require.NotEqual(t, c.vector, changed, "the vector does not hold what this test changes")
			var told error
			_, failed, err := vectors.Run(t.Context(), fstest.MapFS{"x.json": {Data: []byte(changed)}}, func(_ vectors.File, err error) { told = err })
			require.NoError(t, err)
			require.Equal(t, 1, failed)
			assert.ErrorContains(t, told, c.want)
		})
	}
}

func TestMoveVectorNamesSayTheBehaviour(t *testing.T) {
	names, err := fs.Glob(movevectors.FS, "*.json")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	for _, name := range names {
		assert.Regexp(t, `^[a-z0-9]+(-[a-z0-9]+)*\.json$`, path.Base(name))
	}
}
