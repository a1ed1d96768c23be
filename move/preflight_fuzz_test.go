package move_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// Whatever two servers publish: every family gets a prediction with a remedy
// for each rule that fails, and what strict rules are predicted to accept,
// Verify accepts once the old account says movedTo.
func FuzzPreflight(f *testing.F) {
	claiming := `"alsoKnownAs":["` + string(old) + `"]`
	f.Add(person(old), person(next, claiming))
	f.Add(person(old, `"movedTo":"https://new.example/users/al"`), person(next, `"alsoKnownAs":"https://old.example/users/al"`))
	f.Add(person(old, `"movedTo":["https://far.example/users/al",3]`), person(next, `"alsoKnownAs":[{"id":"https://old.example/users/al"},null,7]`))
	f.Add(person(old, `"as:movedTo":""`), person(next, claiming, `"movedTo":"https://far.example/users/al"`))
	f.Add(person(old, `"copiedTo":"https://new.example/users/al"`), person(next, claiming, `"suspended":true`))
	f.Add(`{"id":"https://old.example/users/al","type":["Person","Tombstone"]}`, `{"id":["https://new.example/users/al"],"@id":"x"}`)
	f.Add(`{"id":"https://old.example/users/al","publicKey":[[]],"url":{"href":"https://new.example/users/al"}}`, `{}`)
	f.Fuzz(func(t *testing.T, oldText, newText string) {
		here, err := vocab.Parse([]byte(oldText))
		if err != nil {
			return
		}
		if _, err := vocab.Parse([]byte(newText)); err != nil {
			return
		}
		world := documents{old: oldText, next: newText, far: person(far, `"alsoKnownAs":["`+string(next)+`"]`)}
		forecast, err := move.Preflight(t.Context(), world, old, next, &move.PreflightOptions{Now: func() time.Time { return noon }})
		require.NoError(t, err)
		require.Len(t, forecast.Outlooks, len(move.Families()))
		for _, o := range forecast.Outlooks {
			assert.Equal(t, o.Prediction == move.Honoured || o.Family == "bookwyrm" && o.Prediction == move.NotifyOnly, len(o.Failing) == 0, o.Family)
			for _, failing := range o.Failing {
				assert.NotEmpty(t, failing.Remedy, "%s: %s", o.Family, failing.Rule)
			}
		}
		own := forecast.Outlooks[len(forecast.Outlooks)-1]
		assert.Equal(t, forecast.Refusal == nil, own.Prediction == move.Honoured)
		if own.Prediction != move.Honoured || forecast.Old != old || forecast.New != next {
			return
		}
		pointing, err := move.Pointing(here, next)
		require.NoError(t, err)
		world[old] = string(pointing.Bytes())
		_, err = move.Verify(t.Context(), world, moveOf(t, old, next, noon), nil)
		assert.NoError(t, err, "a Move that was predicted to be honoured is not")
	})
}
