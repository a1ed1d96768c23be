package consent_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/consent"
)

func TestIDsAreKeptOnlyAtHome(t *testing.T) {
	good := consent.Keeping{
		Operator: "root", Home: "https://example.org/", Account: "https://example.org/alice", Old: "https://example.org/users/alice",
		Standing: portability.Proved, ID: "https://example.org/notes/1",
	}
	for name, c := range map[string]struct {
		with func(*consent.Keeping)
		want consent.Ground
	}{
		"by an operator, at home":          {func(*consent.Keeping) {}, ""},
		"again":                            {func(k *consent.Keeping) { k.Owner = k.Account }, ""},
		"the person asks":                  {func(k *consent.Keeping) { k.Operator = "" }, consent.GroundNoOperator},
		"another local actor has it":       {func(k *consent.Keeping) { k.Owner = "https://example.org/bob" }, consent.GroundOwned},
		"an id of another server":          {func(k *consent.Keeping) { k.ID = "https://else.example/notes/1" }, consent.GroundOtherHost},
		"an account of another server":     {func(k *consent.Keeping) { k.Old = "https://else.example/users/alice" }, consent.GroundOtherHost},
		"another port is another server":   {func(k *consent.Keeping) { k.ID = "https://example.org:8443/notes/1" }, consent.GroundOtherHost},
		"nothing shows that it was theirs": {func(k *consent.Keeping) { k.Standing = portability.Claimed }, consent.GroundUnproved},
		"no id":                            {func(k *consent.Keeping) { k.ID = "" }, consent.GroundOtherHost},
	} {
		k := good
		c.with(&k)
		d := k.Judge(lockNoon)
		assert.Equal(t, c.want, d.Ground, name)
		assert.Equal(t, c.want == "", d.Allowed(), name)
		assert.Equal(t, c.want != "", d.Hint() != "", name)
	}
}
