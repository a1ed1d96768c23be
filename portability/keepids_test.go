package portability_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"codeberg.org/godwit/godwit/portability"
)

func TestIDsAreKeptOnlyAtHome(t *testing.T) {
	good := portability.Keeping{
		Operator: "root", Home: "https://example.org/", Account: "https://example.org/alice", Old: "https://example.org/users/alice",
		Standing: portability.Proved, ID: "https://example.org/notes/1",
	}
	for name, c := range map[string]struct {
		with func(*portability.Keeping)
		want portability.Ground
	}{
		"by an operator, at home":          {func(*portability.Keeping) {}, ""},
		"again":                            {func(k *portability.Keeping) { k.Owner = k.Account }, ""},
		"the person asks":                  {func(k *portability.Keeping) { k.Operator = "" }, portability.GroundNoOperator},
		"another local actor has it":       {func(k *portability.Keeping) { k.Owner = "https://example.org/bob" }, portability.GroundOwned},
		"an id of another server":          {func(k *portability.Keeping) { k.ID = "https://else.example/notes/1" }, portability.GroundOtherHost},
		"an account of another server":     {func(k *portability.Keeping) { k.Old = "https://else.example/users/alice" }, portability.GroundOtherHost},
		"another port is another server":   {func(k *portability.Keeping) { k.ID = "https://example.org:8443/notes/1" }, portability.GroundOtherHost},
		"nothing shows that it was theirs": {func(k *portability.Keeping) { k.Standing = portability.Claimed }, portability.GroundUnproved},
		"no id":                            {func(k *portability.Keeping) { k.ID = "" }, portability.GroundOtherHost},
	} {
		k := good
		c.with(&k)
		d := k.Judge(lockNoon)
		assert.Equal(t, c.want, d.Ground, name)
		assert.Equal(t, c.want == "", d.Allowed(), name)
		assert.Equal(t, c.want != "", d.Hint() != "", name)
	}
}
