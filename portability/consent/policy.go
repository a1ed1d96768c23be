package consent

import (
	"context"
	"fmt"
	"slices"
	"time"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// Who may come. The words are stable.
type Who string

// Who may come.
const (
	Nobody     Who = "nobody" // also ""
	Anyone     Who = "anyone"
	Listed     Who = "listed" // accounts of the servers in Servers
	OneAccount Who = "account"
)

// A Policy is who may come to a server, and with how much. The zero Policy lets nobody
// in. It is kept as JSON; the names of its members are stable.
type Policy struct {
	Who Who `json:"who,omitempty"`
	// Servers are the domains of Listed, each with all below it.
	Servers []string `json:"servers,omitempty"`
	// Account is the old account of OneAccount.
	Account vocab.IRI `json:"account,omitempty"`
	// Home is an address of the server itself, from where accounts are renamed or
	// merged: Who and Accounts are not for them. "" where that is not done.
	Home vocab.IRI `json:"home,omitempty"`

	// BlockedDomains are refused, with all below them, whatever Who says; in any script.
	BlockedDomains []string `json:"blockedDomains,omitempty"`
	// BlockedPeople are the ids of actors that are refused.
	BlockedPeople []vocab.IRI `json:"blockedPeople,omitempty"`

	// Every is how long one account waits before it may come again.
	Every time.Duration `json:"every,omitempty"`
	// Accounts is how many may come in each Period; 0: any number. Period is a day if
	// it is 0.
	Accounts int           `json:"accounts,omitempty"`
	Period   time.Duration `json:"period,omitempty"`
	// Caps of one account; 0: none.
	Items     int64 `json:"items,omitempty"`
	Bytes     int64 `json:"bytes,omitempty"`     // of all files
	FileBytes int64 `json:"fileBytes,omitempty"` // of one file; see Strict
	// Strict refuses an account with a file above FileBytes. Otherwise the file stays
	// behind.
	Strict bool `json:"strict,omitempty"`

	// Approval: somebody looks at everyone, with a preview.
	Approval bool `json:"approval,omitempty"`
	// Unproved is what becomes of an account of which nothing shows that it is
	// theirs. "" is Ask. What comes so is quarantined in any case.
	Unproved Verdict `json:"unproved,omitempty"`
	// Quarantine: what comes is seen by its owner and the server's people only, until it is
	// released.
	Quarantine bool `json:"quarantine,omitempty"`

	Version int64 `json:"version,omitzero"`
}

// Policies keeps the policy of a server. It is safe for concurrent use.
type Policies interface {
	// Policy returns the policy; the zero one before any was set.
	Policy(ctx context.Context) (Policy, error)
	// SetPolicy stores a policy and returns it with its new Version. [portability.ErrOverwritten]
	// if the stored Version is another.
	SetPolicy(ctx context.Context, p Policy) (Policy, error)
}

// Past is what happened before, as far as a policy looks at it.
type Past struct {
	// Accounts is how many others were let in during the policy's Period.
	Accounts int
	// Last is when the same old account was last let in; zero if never.
	Last time.Time
}

// A Size is how much an account brings.
type Size struct {
	Known   bool  `json:"known,omitzero"` // it was read; the rest means nothing otherwise
	Items   int64 `json:"items,omitzero"`
	Bytes   int64 `json:"bytes,omitzero"`   // of all files
	Largest int64 `json:"largest,omitzero"` // bytes of the largest file
}

// Check tells what is wrong with a policy: a name that is no domain, an id that is no
// address, a word that is not known. Such a policy refuses everybody.
func (p Policy) Check() error {
	_, err := p.compile()
	return err
}

type compiledPolicy struct {
	Policy
	listed, blocked domains
}

func (p Policy) compile() (c compiledPolicy, err error) {
	c.Policy = p
	if c.listed, err = parseDomains(p.Servers); err != nil {
		return c, fmt.Errorf("policy: servers: %w", err)
	}
	if c.blocked, err = parseDomains(p.BlockedDomains); err != nil {
		return c, fmt.Errorf("policy: blocked domains: %w", err)
	}
	for _, id := range p.BlockedPeople {
		if !id.IsHTTP() {
			return c, fmt.Errorf("policy: blocked people: %q is not the id of an account", id)
		}
	}
	switch {
	case !slices.Contains([]Who{"", Nobody, Anyone, Listed, OneAccount}, p.Who):
		err = fmt.Errorf("policy: who may come: %q is not known", p.Who)
	case p.Who == OneAccount && !p.Account.IsHTTP():
		err = fmt.Errorf("policy: %q is not the id of an account", p.Account)
	case !slices.Contains([]Verdict{"", Allow, Ask, Refuse}, p.Unproved):
		err = fmt.Errorf("policy: what is not proved: %q is not known", p.Unproved)
	case p.Home != "" && hostOf(p.Home) == "":
		err = fmt.Errorf("policy: %q is not the address of a server", p.Home)
	case min(p.Every, p.Period) < 0 || p.Accounts < 0 || min(p.Items, p.Bytes, p.FileBytes) < 0:
		err = fmt.Errorf("policy: a number is below zero")
	}
	return c, err
}

// period is how long accounts are counted together.
func (p Policy) period() time.Duration {
	if p.Period > 0 {
		return p.Period
	}
	return 24 * time.Hour
}

// Judge decides whether an account may come. It looks at nothing but what it is given.
// Refusals come before what a person could decide: nobody is asked about somebody who
// is not to come. Before the size is known the caps are not looked at; Judge is called
// again when it is.
func (p Policy) Judge(a Arrival, now time.Time, h Past) Decision {
	d := Decision{
		At: now, Matter: MatterArrival, Verdict: Refuse, Person: a.Old, Other: a.New, Of: a.ID,
	}
	c, err := p.compile()
	if err != nil {
		d.Ground = GroundPolicyBroken
		return d
	}
	for _, rule := range []func() Ground{
		func() Ground { return c.blocks(a) },
		func() Ground { return c.excludes(a) },
		func() Ground { return c.paces(a, now, h) },
		func() Ground { return c.caps(a.Size) },
	} {
		if d.Ground = rule(); d.Ground != "" {
			return d
		}
	}
	d.Verdict, d.Ground = c.asks(a)
	return d
}

// blocks is why somebody is refused whoever may come otherwise.
func (c compiledPolicy) blocks(a Arrival) Ground {
	switch {
	case hostOf(a.Old) == "" || a.Profile.ID != "" && a.Profile.ID != a.Old:
		return GroundOddAddress
	case c.blocked.has(a.Old):
		return GroundBlockedDomain
	case isPerson(c.BlockedPeople, a.Old):
		return GroundBlockedPerson
	}
	return ""
}

func (c compiledPolicy) excludes(a Arrival) Ground {
	switch {
	case c.home(a):
	case c.Who == Anyone:
	case c.Who == Listed && !c.listed.has(a.Old):
		return GroundNotListed
	case c.Who == OneAccount && a.Old != c.Account:
		return GroundNotInvited
	case c.Who != Listed && c.Who != OneAccount:
		return GroundClosed
	}
	return ""
}

// home reports whether an account is of this server already.
func (c compiledPolicy) home(a Arrival) bool {
	return c.Home != "" && vocab.SameOrigin(c.Home, a.Old)
}

func (c compiledPolicy) paces(a Arrival, now time.Time, h Past) Ground {
	switch {
	case c.Every > 0 && !h.Last.IsZero() && now.Before(h.Last.Add(c.Every)):
		return GroundTooOften
	case c.Accounts > 0 && h.Accounts >= c.Accounts && !c.home(a):
		return GroundTooManyAccounts
	}
	return ""
}

func (c compiledPolicy) caps(s Size) Ground {
	switch {
	case !s.Known:
	case c.Items > 0 && s.Items > c.Items:
		return GroundTooManyItems
	case c.Bytes > 0 && s.Bytes > c.Bytes:
		return GroundTooManyBytes
	case c.Strict && c.FileBytes > 0 && s.Largest > c.FileBytes:
		return GroundFileTooLarge
	}
	return ""
}

// asks tells whether somebody has to look.
func (c compiledPolicy) asks(a Arrival) (Verdict, Ground) {
	switch {
	case a.Standing != portability.Proved && c.Unproved == Refuse:
		return Refuse, GroundUnproved
	case a.Standing != portability.Proved && c.Unproved != Allow:
		return Ask, GroundUnproved
	case c.namesBlocked(a):
		return Ask, GroundBlockedAlias
	case c.Approval:
		return Ask, GroundNeedsApproval
	}
	return Allow, ""
}

// namesBlocked reports whether the old account calls itself somebody who is blocked.
func (c compiledPolicy) namesBlocked(a Arrival) bool {
	return slices.ContainsFunc(a.Profile.Aliases, func(alias string) bool {
		return isPerson(c.BlockedPeople, vocab.IRI(alias)) || c.blocked.has(vocab.IRI(alias))
	})
}

// Quarantines reports whether what an arrival brings is kept unseen at first. What
// proves nothing always is.
func (p Policy) Quarantines(a Arrival) bool { return p.Quarantine || a.Standing != portability.Proved }

// Narrow returns limits that keep the caps of the policy, too: they hold while copying,
// whatever was said of the size before.
func (p Policy) Narrow(l portability.Limits) portability.Limits {
	l.Items = lesser(l.Items, p.Items)
	l.Bytes = lesser(l.Bytes, p.Bytes)
	l.MediaBytes = lesser(l.MediaBytes, p.FileBytes)
	return l
}

// Spec is with what the copy of an arrival into account is begun, so that it keeps to
// what was decided: its standing, its quarantine, the caps. The caller adds what the
// person has chosen.
func (p Policy) Spec(a Arrival, account vocab.IRI) portability.JobSpec {
	return portability.JobSpec{
		ID: a.ID, Account: account, Old: a.Old, Standing: a.Standing,
		Options: portability.JobOptions{Quarantine: a.Quarantined, Limits: p.Narrow(portability.Limits{})},
	}
}

// lesser is the lesser of two limits, of which 0 is none.
func lesser(a, b int64) int64 {
	if a <= 0 || b > 0 && b < a {
		return b
	}
	return a
}
