package portability_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

func comesFrom(old vocab.IRI) portability.Arrival {
	return portability.Arrival{ID: "a", Old: old, Standing: portability.Proved, Profile: actor.Profile{ID: old}}
}

func TestPolicyJudges(t *testing.T) {
	const old vocab.IRI = "https://old.example/users/alice"
	big := portability.Size{Known: true, Items: 1001, Bytes: 5000, Largest: 4000}
	for name, c := range map[string]struct {
		policy  portability.Policy
		old     vocab.IRI
		with    func(*portability.Arrival)
		past    portability.Past
		verdict portability.Verdict
		ground  portability.Ground
	}{
		"no policy":                       {verdict: portability.Refuse, ground: portability.GroundClosed},
		"nobody":                          {policy: portability.Policy{Who: portability.Nobody}, verdict: portability.Refuse, ground: portability.GroundClosed},
		"anyone":                          {policy: portability.Policy{Who: portability.Anyone}, verdict: portability.Allow},
		"listed":                          {policy: portability.Policy{Who: portability.Listed, Servers: []string{"old.example"}}, verdict: portability.Allow},
		"below what is listed":            {policy: portability.Policy{Who: portability.Listed, Servers: []string{"example"}}, verdict: portability.Allow},
		"ends like what is listed":        {policy: portability.Policy{Who: portability.Listed, Servers: []string{"d.example"}}, verdict: portability.Refuse, ground: portability.GroundNotListed},
		"not listed":                      {policy: portability.Policy{Who: portability.Listed, Servers: []string{"else.example"}}, verdict: portability.Refuse, ground: portability.GroundNotListed},
		"the one":                         {policy: portability.Policy{Who: portability.OneAccount, Account: old}, verdict: portability.Allow},
		"not the one":                     {policy: portability.Policy{Who: portability.OneAccount, Account: old + "2"}, verdict: portability.Refuse, ground: portability.GroundNotInvited},
		"from here, though nobody may":    {policy: portability.Policy{Home: "https://old.example/"}, verdict: portability.Allow},
		"blocked, from here":              {policy: portability.Policy{Home: "https://old.example/", BlockedPeople: []vocab.IRI{old}}, verdict: portability.Refuse, ground: portability.GroundBlockedPerson},
		"a blocked domain":                {policy: portability.Policy{Who: portability.Anyone, BlockedDomains: []string{"old.example"}}, verdict: portability.Refuse, ground: portability.GroundBlockedDomain},
		"below a blocked domain":          {policy: portability.Policy{Who: portability.Anyone, BlockedDomains: []string{"OLD.example."}}, old: "https://social.old.example:8443/u", verdict: portability.Refuse, ground: portability.GroundBlockedDomain},
		"blocked with a star":             {policy: portability.Policy{Who: portability.Anyone, BlockedDomains: []string{"*.example"}}, verdict: portability.Refuse, ground: portability.GroundBlockedDomain},
		"ends like a blocked domain":      {policy: portability.Policy{Who: portability.Anyone, BlockedDomains: []string{"ld.example"}}, verdict: portability.Allow},
		"blocked in letters, comes in xn": {policy: portability.Policy{Who: portability.Anyone, BlockedDomains: []string{"Bücher.example"}}, old: "https://xn--bcher-kva.example/u", verdict: portability.Refuse, ground: portability.GroundBlockedDomain},
		"blocked in xn, comes in letters": {policy: portability.Policy{Who: portability.Anyone, BlockedDomains: []string{"xn--bcher-kva.example"}}, old: "https://bücher.example/u", verdict: portability.Refuse, ground: portability.GroundBlockedDomain},
		"comes with a combining accent":   {policy: portability.Policy{Who: portability.Anyone, BlockedDomains: []string{"bücher.example"}}, old: "https://bu\u0308cher.example/u", verdict: portability.Refuse, ground: portability.GroundOddAddress},
		"comes in wide letters":           {policy: portability.Policy{Who: portability.Anyone, BlockedDomains: []string{"old.example"}}, old: "https://ｏｌｄ.example/u", verdict: portability.Refuse, ground: portability.GroundOddAddress},
		"comes with another dot":          {policy: portability.Policy{Who: portability.Anyone, BlockedDomains: []string{"old.example"}}, old: "https://old。example/u", verdict: portability.Refuse, ground: portability.GroundBlockedDomain},
		"a soft hyphen in its name":       {policy: portability.Policy{Who: portability.Anyone, BlockedDomains: []string{"old.example"}}, old: "https://o\u00adld.example/u", verdict: portability.Refuse, ground: portability.GroundOddAddress},
		"an id with somebody before it":   {policy: portability.Policy{Who: portability.Anyone}, old: "https://good.example@old.example/u", verdict: portability.Refuse, ground: portability.GroundOddAddress},
		"no id":                           {policy: portability.Policy{Who: portability.Anyone}, old: "acct:alice@old.example", verdict: portability.Refuse, ground: portability.GroundOddAddress},
		"a profile of somebody else": {policy: portability.Policy{Who: portability.Anyone},
			with:    func(a *portability.Arrival) { a.Profile.ID = "https://old.example/users/bob" },
			verdict: portability.Refuse, ground: portability.GroundOddAddress},
		"calls itself somebody blocked": {policy: portability.Policy{Who: portability.Anyone, BlockedPeople: []vocab.IRI{"https://bad.example/u"}},
			with:    func(a *portability.Arrival) { a.Profile.Aliases = []string{"x", "https://bad.example/u"} },
			verdict: portability.Ask, ground: portability.GroundBlockedAlias},
		"was here lately":       {policy: portability.Policy{Who: portability.Anyone, Every: time.Hour}, past: portability.Past{Last: lockNoon.Add(-59 * time.Minute)}, verdict: portability.Refuse, ground: portability.GroundTooOften},
		"was here before":       {policy: portability.Policy{Who: portability.Anyone, Every: time.Hour}, past: portability.Past{Last: lockNoon.Add(-time.Hour)}, verdict: portability.Allow},
		"enough have come":      {policy: portability.Policy{Who: portability.Anyone, Accounts: 3}, past: portability.Past{Accounts: 3}, verdict: portability.Refuse, ground: portability.GroundTooManyAccounts},
		"one more may come":     {policy: portability.Policy{Who: portability.Anyone, Accounts: 3}, past: portability.Past{Accounts: 2}, verdict: portability.Allow},
		"renamed among many":    {policy: portability.Policy{Home: "https://old.example", Accounts: 3}, past: portability.Past{Accounts: 3}, verdict: portability.Allow},
		"too many items":        {policy: portability.Policy{Who: portability.Anyone, Items: 1000}, with: func(a *portability.Arrival) { a.Size = big }, verdict: portability.Refuse, ground: portability.GroundTooManyItems},
		"too many bytes":        {policy: portability.Policy{Who: portability.Anyone, Bytes: 4999}, with: func(a *portability.Arrival) { a.Size = big }, verdict: portability.Refuse, ground: portability.GroundTooManyBytes},
		"a file too large":      {policy: portability.Policy{Who: portability.Anyone, FileBytes: 3999, Strict: true}, with: func(a *portability.Arrival) { a.Size = big }, verdict: portability.Refuse, ground: portability.GroundFileTooLarge},
		"a file left behind":    {policy: portability.Policy{Who: portability.Anyone, FileBytes: 3999}, with: func(a *portability.Arrival) { a.Size = big }, verdict: portability.Allow},
		"just as much":          {policy: portability.Policy{Who: portability.Anyone, Items: 1001, Bytes: 5000, FileBytes: 4000, Strict: true}, with: func(a *portability.Arrival) { a.Size = big }, verdict: portability.Allow},
		"size unknown":          {policy: portability.Policy{Who: portability.Anyone, Items: 1}, verdict: portability.Allow},
		"everyone is looked at": {policy: portability.Policy{Who: portability.Anyone, Approval: true}, verdict: portability.Ask, ground: portability.GroundNeedsApproval},
		"blocked is not asked":  {policy: portability.Policy{Who: portability.Anyone, Approval: true, BlockedPeople: []vocab.IRI{old}}, verdict: portability.Refuse, ground: portability.GroundBlockedPerson},
		"claimed":               {policy: portability.Policy{Who: portability.Anyone}, with: claimed, verdict: portability.Ask, ground: portability.GroundUnproved},
		"claimed, and refused":  {policy: portability.Policy{Who: portability.Anyone, Unproved: portability.Refuse}, with: claimed, verdict: portability.Refuse, ground: portability.GroundUnproved},
		"claimed, and let in":   {policy: portability.Policy{Who: portability.Anyone, Unproved: portability.Allow}, with: claimed, verdict: portability.Allow},
		"claimed, let in, looked at": {policy: portability.Policy{Who: portability.Anyone, Unproved: portability.Allow, Approval: true}, with: claimed,
			verdict: portability.Ask, ground: portability.GroundNeedsApproval},
		"a block that is none":  {policy: portability.Policy{Who: portability.Anyone, BlockedDomains: []string{"bad example"}}, verdict: portability.Refuse, ground: portability.GroundPolicyBroken},
		"a person that is none": {policy: portability.Policy{Who: portability.Anyone, BlockedPeople: []vocab.IRI{"@bob@bad.example"}}, verdict: portability.Refuse, ground: portability.GroundPolicyBroken},
		"a word of later days":  {policy: portability.Policy{Who: "friends"}, verdict: portability.Refuse, ground: portability.GroundPolicyBroken},
	} {
		t.Run(name, func(t *testing.T) {
			if c.old == "" {
				c.old = old
			}
			a := comesFrom(c.old)
			if c.with != nil {
				c.with(&a)
			}
			d := c.policy.Judge(a, lockNoon, c.past)
			assert.Equal(t, c.verdict, d.Verdict, "%s", d.Ground)
			assert.Equal(t, c.ground, d.Ground)
			assert.Equal(t, c.ground == portability.GroundPolicyBroken, c.policy.Check() != nil)
			if d.Verdict != portability.Allow {
				assert.NotEmpty(t, d.Hint(), "it says what can be done")
			}
		})
	}
}

func claimed(a *portability.Arrival) { a.Standing = portability.Claimed }

func TestWhatProvesNothingIsQuarantined(t *testing.T) {
	a := comesFrom("https://old.example/u")
	assert.False(t, portability.Policy{}.Quarantines(a))
	assert.True(t, portability.Policy{Quarantine: true}.Quarantines(a))
	a.Standing = portability.Claimed
	assert.True(t, portability.Policy{Unproved: portability.Allow}.Quarantines(a))
	a.Standing = ""
	assert.True(t, portability.Policy{}.Quarantines(a), "nobody has looked")
}

func TestPolicyNarrowsWhatASinkHolds(t *testing.T) {
	l := portability.Policy{Items: 10, Bytes: 20, FileBytes: 5}.Narrow(portability.Limits{Items: 5, MediaBytes: 9, TextRunes: 7})
	assert.Equal(t, portability.Limits{Items: 5, Bytes: 20, MediaBytes: 5, TextRunes: 7}, l)
	assert.Equal(t, portability.Limits{Bytes: 3}, portability.Policy{}.Narrow(portability.Limits{Bytes: 3}))
}

func TestACopyKeepsToWhatWasDecided(t *testing.T) {
	a := comesFrom("https://old.example/u")
	a.Quarantined = true
	spec := portability.Policy{Items: 10}.Spec(a, "https://new.example/u")
	assert.Equal(t, portability.JobSpec{
		ID: "a", Account: "https://new.example/u", Old: a.Old, Standing: portability.Proved,
		Options: portability.JobOptions{Elsewhere: true, Quarantine: true, Limits: portability.Limits{Items: 10}},
	}, spec)
	assert.False(t, portability.Policy{}.Spec(a, "https://old.example/new-name").Options.Elsewhere, "renamed on one server")
}

func TestPolicyKeepsItsWords(t *testing.T) {
	text, err := json.Marshal(portability.Policy{Who: portability.Listed, Servers: []string{"a.example"}, Unproved: portability.Ask, Items: 1})
	require.NoError(t, err)
	assert.JSONEq(t, `{"who":"listed","servers":["a.example"],"unproved":"ask","items":1}`, string(text))
}

func FuzzDomains(f *testing.F) {
	for _, host := range []string{"old.example", "bücher.example", "xn--bcher-kva.example", "例え.テスト", "a。b", "ß.example", "K.example", "..", "-", "[::1]"} {
		f.Add(host)
	}
	f.Fuzz(func(t *testing.T, host string) {
		blocking := portability.Policy{Who: portability.Anyone, BlockedDomains: []string{host}}
		id := vocab.IRI("https://" + host + "/u")
		if blocking.Check() != nil || id.Host() == "" {
			return
		}
		for _, old := range []vocab.IRI{id, vocab.IRI("https://sub." + host + "/u")} {
			if old.Host() == "" {
				continue
			}
			d := blocking.Judge(comesFrom(old), lockNoon, portability.Past{})
			if d.Verdict != portability.Refuse {
				t.Errorf("%q is blocked, and %q comes in", host, old)
			}
		}
	})
}
