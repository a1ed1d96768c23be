package vectors_test

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	actorvectors "codeberg.org/godwit/godwit/actor/vectors"
	"codeberg.org/godwit/godwit/internal/vectors"
)

func TestActorVectors(t *testing.T) {
	names, err := fs.Glob(actorvectors.FS, "*.json")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(names), 85, "vectors are missing")
	comments := map[string]string{}
	for _, name := range names {
		t.Run(strings.TrimSuffix(name, ".json"), func(t *testing.T) {
			data, err := fs.ReadFile(actorvectors.FS, name)
			require.NoError(t, err)
			v, err := vectors.ReadActor(data)
			require.NoError(t, err)
			assert.NoError(t, vectors.RunActor(t.Context(), data), v.Comment)
			require.NotEmpty(t, v.Comment, "a vector says what it is about")
			assert.Empty(t, comments[v.Comment], "one behaviour, one file")
			comments[v.Comment] = name
		})
	}
}

func TestActorVectors_eachExpectationIsChecked(t *testing.T) {
	const document = `"document":"{\"movedTo\":\"https://b.example/u\",\"alsoKnownAs\":\"https://c.example/u\"}"`
	for name, expect := range map[string]string{
		"state":       `{"state":"active"}`,
		"movedTo":     `{"state":"moved","movedTo":""}`,
		"copiedTo":    `{"state":"moved","copiedTo":["https://b.example/u"]}`,
		"alsoKnownAs": `{"alsoKnownAs":[]}`,
	} {
		v, err := vectors.ReadActor([]byte(`{"v":1,"kind":"actor",` + document + `,"expect":` + expect + `}`))
		require.NoError(t, err, name)
		require.Error(t, v.Run(), name)
		assert.Contains(t, v.Run().Error(), name+" is ", "the expectation that was not met is named")
	}
}

func TestReadActor_isStrict(t *testing.T) {
	for name, vector := range map[string]string{
		"not JSON":                   `{`,
		"another kind":               `{"v":1,"kind":"move","document":"{}","expect":{"state":"active"}}`,
		"no document":                `{"v":1,"kind":"actor","expect":{"state":"active"}}`,
		"no expectation":             `{"v":1,"kind":"actor","document":"{}"}`,
		"nothing expected":           `{"v":1,"kind":"actor","document":"{}","expect":{}}`,
		"an unknown member":          `{"v":1,"kind":"actor","document":"{}","expect":{"state":"active"},"steps":[]}`,
		"an unknown expectation":     `{"v":1,"kind":"actor","document":"{}","expect":{"state":"active","claims":true}}`,
		"an unknown state":           `{"v":1,"kind":"actor","document":"{}","expect":{"state":"inactive"}}`,
		"a member named twice":       `{"v":1,"kind":"actor","document":"{}","document":"[]","expect":{"state":"active"}}`,
		"a document that is no text": `{"v":1,"kind":"actor","document":{},"expect":{"state":"active"}}`,
		"a case that is a number":    `{"v":1,"kind":"actor","cases":[9],"document":"{}","expect":{"state":"active"}}`,
	} {
		_, err := vectors.ReadActor([]byte(vector))
		assert.Error(t, err, name)
		assert.Error(t, vectors.RunActor(t.Context(), []byte(vector)), name)
	}
}
