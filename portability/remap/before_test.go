package remap_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability/remap"
)

func TestObject_before(t *testing.T) {
	crumb := &remap.Before{ID: "https://old.example/users/alice/1", Actor: "https://old.example/users/alice"}
	dated := &remap.Before{ID: crumb.ID, Actor: crumb.Actor, At: time.Date(2026, 11, 22, 13, 0, 0, 0, time.FixedZone("", 3600))}
	const entry = `{"actor":"https://old.example/users/alice","id":"https://old.example/users/alice/1"}`
	const migrated = `,"migratedFrom":"https://old.example/users/alice/1","migratedAt":"2026-11-22T12:00:00Z"`
	const terms = `{"migratedFrom":{"@id":"https://w3id.org/fep/1580#migratedFrom","@type":"@id"},"migratedAt":"https://w3id.org/fep/1580#migratedAt"}`
	for name, c := range map[string]struct {
		before   *remap.Before
		from, to string
	}{
		"none before":                           {crumb, `{"id":"x:1"}`, `{"id":"x:1","previously":[` + entry + `]}`},
		"older ones stay behind it":             {crumb, `{"previously":[{"id":"x:0","more":1},"x:00"]}`, `{"previously":[` + entry + `,{"id":"x:0","more":1},"x:00"]}`},
		"one that stands alone":                 {crumb, `{"previously":"x:0"}`, `{"previously":[` + entry + `,"x:0"]}`},
		"one that is the same":                  {crumb, `{"previously":[` + entry + `,"x:0"]}`, `{"previously":[` + entry + `,"x:0"]}`},
		"the same, but older":                   {crumb, `{"previously":["x:0",` + entry + `]}`, `{"previously":[` + entry + `,"x:0",` + entry + `]}`},
		"without its actor":                     {&remap.Before{ID: "x:0"}, `{}`, `{"previously":[{"id":"x:0"}]}`},
		"nothing to say":                        {&remap.Before{}, `{"id":"x:1"}`, `{"id":"x:1"}`},
		"when, in a document without a context": {dated, `{"id":"x:1"}`, `{"id":"x:1","previously":[` + entry + `]` + migrated + `}`},
		"when, with the terms for it": {dated, `{"@context":"https://www.w3.org/ns/activitystreams"}`,
			`{"@context":["https://www.w3.org/ns/activitystreams",` + terms + `],"previously":[` + entry + `]` + migrated + `}`},
		"when, behind what the context has": {dated, `{"@context":[ "https://www.w3.org/ns/activitystreams" , {"x":"x:"}]}`,
			`{"@context":["https://www.w3.org/ns/activitystreams",{"x":"x:"},` + terms + `],"previously":[` + entry + `]` + migrated + `}`},
		"when, with terms that are there": {dated, `{"@context":["https://www.w3.org/ns/activitystreams","https://w3id.org/fep/1580"]}`,
			`{"@context":["https://www.w3.org/ns/activitystreams","https://w3id.org/fep/1580"],"previously":[` + entry + `]` + migrated + `}`},
		"when it came from elsewhere before": {dated, `{"migratedFrom":"x:0","migratedAt":"2020-01-01T00:00:00Z"}`,
			`{"migratedFrom":"https://old.example/users/alice/1","migratedAt":"2026-11-22T12:00:00Z","previously":[` + entry + `]}`},
	} {
		t.Run(name, func(t *testing.T) {
			made, err := remap.Object(parse(t, c.from), nil, &remap.Options{Before: c.before})
			require.NoError(t, err)
			assert.Equal(t, c.to, made.String())
			if name == "the same, but older" {
				return
			}
			again, err := remap.Object(made, nil, &remap.Options{Before: c.before})
			require.NoError(t, err)
			assert.Same(t, made, again, "what is said already is not said again")
		})
	}
}
