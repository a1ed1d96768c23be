package consent_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/consent"
	"codeberg.org/godwit/godwit/vocab"
)

func comesFrom(old vocab.IRI) consent.Arrival {
	return consent.Arrival{ID: "a", Old: old, Standing: portability.Proved, Profile: actor.Profile{ID: old}}
}

func TestPolicyJudges(t *testing.T) {
	const old vocab.IRI = "https://old.example/users/alice"
	big := consent.Size{Known: true, Items: 1001, Bytes: 5000, Largest: 4000}
	for name, c := range map[string]struct {
		policy  consent.Policy
		old     vocab.IRI
		with    func(*consent.Arrival)
		past    consent.Past
		verdict consent.Verdict
		ground  consent.Ground
	}{
		"no policy":                       {verdict: consent.Refuse, ground: consent.GroundClosed},
		"nobody":                          {policy: consent.Policy{Who: consent.Nobody}, verdict: consent.Refuse, ground: consent.GroundClosed},
		"anyone":                          {policy: consent.Policy{Who: consent.Anyone}, verdict: consent.Allow},
		"listed":                          {policy: consent.Policy{Who: consent.Listed, Servers: []string{"old.example"}}, verdict: consent.Allow},
		"below what is listed":            {policy: consent.Policy{Who: consent.Listed, Servers: []string{"example"}}, verdict: consent.Allow},
		"ends like what is listed":        {policy: consent.Policy{Who: consent.Listed, Servers: []string{"d.example"}}, verdict: consent.Refuse, ground: consent.GroundNotListed},
		"not listed":                      {policy: consent.Policy{Who: consent.Listed, Servers: []string{"else.example"}}, verdict: consent.Refuse, ground: consent.GroundNotListed},
		"the one":                         {policy: consent.Policy{Who: consent.OneAccount, Account: old}, verdict: consent.Allow},
		"not the one":                     {policy: consent.Policy{Who: consent.OneAccount, Account: old + "2"}, verdict: consent.Refuse, ground: consent.GroundNotInvited},
		"from here, though nobody may":    {policy: consent.Policy{Home: "https://old.example/"}, verdict: consent.Allow},
		"blocked, from here":              {policy: consent.Policy{Home: "https://old.example/", BlockedPeople: []vocab.IRI{old}}, verdict: consent.Refuse, ground: consent.GroundBlockedPerson},
		"a blocked domain":                {policy: consent.Policy{Who: consent.Anyone, BlockedDomains: []string{"old.example"}}, verdict: consent.Refuse, ground: consent.GroundBlockedDomain},
		"below a blocked domain":          {policy: consent.Policy{Who: consent.Anyone, BlockedDomains: []string{"OLD.example."}}, old: "https://social.old.example:8443/u", verdict: consent.Refuse, ground: consent.GroundBlockedDomain},
		"blocked with a star":             {policy: consent.Policy{Who: consent.Anyone, BlockedDomains: []string{"*.example"}}, verdict: consent.Refuse, ground: consent.GroundBlockedDomain},
		"ends like a blocked domain":      {policy: consent.Policy{Who: consent.Anyone, BlockedDomains: []string{"ld.example"}}, verdict: consent.Allow},
		"blocked in letters, comes in xn": {policy: consent.Policy{Who: consent.Anyone, BlockedDomains: []string{"Bücher.example"}}, old: "https://xn--bcher-kva.example/u", verdict: consent.Refuse, ground: consent.GroundBlockedDomain},
		"blocked in xn, comes in letters": {policy: consent.Policy{Who: consent.Anyone, BlockedDomains: []string{"xn--bcher-kva.example"}}, old: "https://bücher.example/u", verdict: consent.Refuse, ground: consent.GroundBlockedDomain},
		"comes with a combining accent":   {policy: consent.Policy{Who: consent.Anyone, BlockedDomains: []string{"bücher.example"}}, old: "https://bu\u0308cher.example/u", verdict: consent.Refuse, ground: consent.GroundOddAddress},
		"comes in wide letters":           {policy: consent.Policy{Who: consent.Anyone, BlockedDomains: []string{"old.example"}}, old: "https://ｏｌｄ.example/u", verdict: consent.Refuse, ground: consent.GroundOddAddress},
		"comes with another dot":          {policy: consent.Policy{Who: consent.Anyone, BlockedDomains: []string{"old.example"}}, old: "https://old。example/u", verdict: consent.Refuse, ground: consent.GroundBlockedDomain},
		"a soft hyphen in its name":       {policy: consent.Policy{Who: consent.Anyone, BlockedDomains: []string{"old.example"}}, old: "https://o\u00adld.example/u", verdict: consent.Refuse, ground: consent.GroundOddAddress},
		"an id with somebody before it":   {policy: consent.Policy{Who: consent.Anyone}, old: "https://good.example@old.example/u", verdict: consent.Refuse, ground: consent.GroundOddAddress},
		"no id":                           {policy: consent.Policy{Who: consent.Anyone}, old: "acct:alice@old.example", verdict: consent.Refuse, ground: consent.GroundOddAddress},
		"a profile of somebody else": {policy: consent.Policy{Who: consent.Anyone},
			with:    func(a *consent.Arrival) { a.Profile.ID = "https://old.example/users/bob" },
			verdict: consent.Refuse, ground: consent.GroundOddAddress},
		"calls itself somebody blocked": {policy: consent.Policy{Who: consent.Anyone, BlockedPeople: []vocab.IRI{"https://bad.example/u"}},
			with:    func(a *consent.Arrival) { a.Profile.Aliases = []string{"x", "https://bad.example/u"} },
			verdict: consent.Ask, ground: consent.GroundBlockedAlias},
		"was here lately":       {policy: consent.Policy{Who: consent.Anyone, Every: time.Hour}, past: consent.Past{Last: lockNoon.Add(-59 * time.Minute)}, verdict: consent.Refuse, ground: consent.GroundTooOften},
		"was here before":       {policy: consent.Policy{Who: consent.Anyone, Every: time.Hour}, past: consent.Past{Last: lockNoon.Add(-time.Hour)}, verdict: consent.Allow},
		"enough have come":      {policy: consent.Policy{Who: consent.Anyone, Accounts: 3}, past: consent.Past{Accounts: 3}, verdict: consent.Refuse, ground: consent.GroundTooManyAccounts},
		"one more may come":     {policy: consent.Policy{Who: consent.Anyone, Accounts: 3}, past: consent.Past{Accounts: 2}, verdict: consent.Allow},
		"renamed among many":    {policy: consent.Policy{Home: "https://old.example", Accounts: 3}, past: consent.Past{Accounts: 3}, verdict: consent.Allow},
		"too many items":        {policy: consent.Policy{Who: consent.Anyone, Items: 1000}, with: func(a *consent.Arrival) { a.Size = big }, verdict: consent.Refuse, ground: consent.GroundTooManyItems},
		"too many bytes":        {policy: consent.Policy{Who: consent.Anyone, Bytes: 4999}, with: func(a *consent.Arrival) { a.Size = big }, verdict: consent.Refuse, ground: consent.GroundTooManyBytes},
		"a file too large":      {policy: consent.Policy{Who: consent.Anyone, FileBytes: 3999, Strict: true}, with: func(a *consent.Arrival) { a.Size = big }, verdict: consent.Refuse, ground: consent.GroundFileTooLarge},
		"a file left behind":    {policy: consent.Policy{Who: consent.Anyone, FileBytes: 3999}, with: func(a *consent.Arrival) { a.Size = big }, verdict: consent.Allow},
		"just as much":          {policy: consent.Policy{Who: consent.Anyone, Items: 1001, Bytes: 5000, FileBytes: 4000, Strict: true}, with: func(a *consent.Arrival) { a.Size = big }, verdict: consent.Allow},
		"size unknown":          {policy: consent.Policy{Who: consent.Anyone, Items: 1}, verdict: consent.Allow},
		"everyone is looked at": {policy: consent.Policy{Who: consent.Anyone, Approval: true}, verdict: consent.Ask, ground: consent.GroundNeedsApproval},
		"blocked is not asked":  {policy: consent.Policy{Who: consent.Anyone, Approval: true, BlockedPeople: []vocab.IRI{old}}, verdict: consent.Refuse, ground: consent.GroundBlockedPerson},
		"claimed":               {policy: consent.Policy{Who: consent.Anyone}, with: claimed, verdict: consent.Ask, ground: consent.GroundUnproved},
		"claimed, and refused":  {policy: consent.Policy{Who: consent.Anyone, Unproved: consent.Refuse}, with: claimed, verdict: consent.Refuse, ground: consent.GroundUnproved},
		"claimed, and let in":   {policy: consent.Policy{Who: consent.Anyone, Unproved: consent.Allow}, with: claimed, verdict: consent.Allow},
		"claimed, let in, looked at": {policy: consent.Policy{Who: consent.Anyone, Unproved: consent.Allow, Approval: true}, with: claimed,
			verdict: consent.Ask, ground: consent.GroundNeedsApproval},
		"a block that is none":  {policy: consent.Policy{Who: consent.Anyone, BlockedDomains: []string{"bad example"}}, verdict: consent.Refuse, ground: consent.GroundPolicyBroken},
		"a person that is none": {policy: consent.Policy{Who: consent.Anyone, BlockedPeople: []vocab.IRI{"@bob@bad.example"}}, verdict: consent.Refuse, ground: consent.GroundPolicyBroken},
		"a word of later days":  {policy: consent.Policy{Who: "friends"}, verdict: consent.Refuse, ground: consent.GroundPolicyBroken},
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
			assert.Equal(t, c.ground == consent.GroundPolicyBroken, c.policy.Check() != nil)
			if d.Verdict != consent.Allow {
				assert.NotEmpty(t, d.Hint(), "it says what can be done")
			}
		})
	}
}

func claimed(a *consent.Arrival) { a.Standing = portability.Claimed }

func TestWhatProvesNothingIsQuarantined(t *testing.T) {
	a := comesFrom("https://old.example/u")
	assert.False(t, consent.Policy{}.Quarantines(a))
	assert.True(t, consent.Policy{Quarantine: true}.Quarantines(a))
	a.Standing = portability.Claimed
	assert.True(t, consent.Policy{Unproved: consent.Allow}.Quarantines(a))
	a.Standing = ""
	assert.True(t, consent.Policy{}.Quarantines(a), "nobody has looked")
}

func TestPolicyNarrowsWhatASinkHolds(t *testing.T) {
	l := consent.Policy{Items: 10, Bytes: 20, FileBytes: 5}.Narrow(portability.Limits{Items: 5, MediaBytes: 9, TextRunes: 7})
	assert.Equal(t, portability.Limits{Items: 5, Bytes: 20, MediaBytes: 5, TextRunes: 7}, l)
	assert.Equal(t, portability.Limits{Bytes: 3}, consent.Policy{}.Narrow(portability.Limits{Bytes: 3}))
}

func TestACopyKeepsToWhatWasDecided(t *testing.T) {
	a := comesFrom("https://old.example/u")
	a.Quarantined = true
	spec := consent.Policy{Items: 10}.Spec(a, "https://new.example/u")
	assert.Equal(t, portability.JobSpec{
		ID: "a", Account: "https://new.example/u", Old: a.Old, Standing: portability.Proved,
		Options: portability.JobOptions{Quarantine: true, Limits: portability.Limits{Items: 10}},
	}, spec)
}

func TestPolicyKeepsItsWords(t *testing.T) {
	text, err := json.Marshal(consent.Policy{Who: consent.Listed, Servers: []string{"a.example"}, Unproved: consent.Ask, Items: 1})
	require.NoError(t, err)
	assert.JSONEq(t, `{"who":"listed","servers":["a.example"],"unproved":"ask","items":1}`, string(text))
}

func FuzzDomains(f *testing.F) {
	for _, host := range []string{"old.example", "bücher.example", "xn--bcher-kva.example", "例え.テスト", "a。b", "ß.example", "K.example", "..", "-", "[::1]"} {
		f.Add(host)
	}
	f.Fuzz(func(t *testing.T, host string) {
		blocking := consent.Policy{Who: consent.Anyone, BlockedDomains: []string{host}}
		id := vocab.IRI("https://" + host + "/u")
		if blocking.Check() != nil || id.Host() == "" {
			return
		}
		for _, old := range []vocab.IRI{id, vocab.IRI("https://sub." + host + "/u")} {
			if old.Host() == "" {
				continue
			}
			d := blocking.Judge(comesFrom(old), lockNoon, consent.Past{})
			if d.Verdict != consent.Refuse {
				t.Errorf("%q is blocked, and %q comes in", host, old)
			}
		}
	})
}

// Whoever is blocked is so in every way in which their address can be written: it is
// refused, or known for what it is.
func TestABlockHoldsInEverySpelling(t *testing.T) {
	p := consent.Policy{Who: consent.Anyone, BlockedDomains: []string{"Evil.Example", "bücher.example", "192.0.2.1"}}
	for _, host := range []string{
		"evil.example", "EVIL.example", "evil.example:443", "evil.example:8443", "evil.example.", "below.evil.example", "e%76il.example",
		"u@evil.example", "ev\u1d62l.example", "evil.e\u02e3ample", "e\u1d5bil.example", "evil\u180b.example", "evil.example\u3002", "e\u2170vil.example",
		"evi\u02e1.example", "e\u17b4vil.example", "evil\uff0eexample", "evil.example\u200b", "\uff45vil.example",
		"bücher.example", "BÜCHER.example", "xn--bcher-kva.example", "XN--BCHER-KVA.example", "bu\u0308cher.example", "b%C3%BCcher.example",
		"192.0.2.1", "192.0.2.1:8080", "192.0.2.01", "0xc0000201", "3221225985", "[::ffff:192.0.2.1]", "[::ffff:c000:201]",
	} {
		old := vocab.IRI("https://" + host + "/users/x")
		d := p.Judge(comesFrom(old), lockNoon, consent.Past{})
		assert.Equal(t, consent.Refuse, d.Verdict, "%+q", host)
		assert.Contains(t, []consent.Ground{consent.GroundBlockedDomain, consent.GroundOddAddress}, d.Ground, "%+q", host)
	}
	d := p.Judge(comesFrom("https://devil.example/users/x"), lockNoon, consent.Past{})
	assert.True(t, d.Allowed(), "who is not blocked")
}

func TestABlockOfAPersonHoldsInEverySpelling(t *testing.T) {
	p := consent.Policy{Who: consent.Anyone, BlockedPeople: []vocab.IRI{"https://old.example/users/mallory"}}
	for _, old := range []vocab.IRI{
		"https://old.example/users/mallory", "https://OLD.example/users/mallory", "https://old.example:443/users/mallory",
		"http://old.example/users/mallory", "https://old.example/users/%6dallory", "https://old.example/users%2Fmallory", "https://old.example./users/mallory",
	} {
		assert.Equal(t, consent.Refuse, p.Judge(comesFrom(old), lockNoon, consent.Past{}).Verdict, "%s", old)
	}
	for _, old := range []vocab.IRI{"https://old.example/users/mallory2", "https://old.example:8443/users/mallory", "https://old.example/users/Mallory"} {
		assert.True(t, p.Judge(comesFrom(old), lockNoon, consent.Past{}).Allowed(), "%s", old)
	}
}
