package consent

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// How long an account is unlocked.
const (
	DefaultUnlocked = 7 * 24 * time.Hour
	LongestUnlocked = 30 * 24 * time.Hour
)

// LockOptions adjusts a [Lock]. A nil *LockOptions is the same as a zero one.
type LockOptions struct {
	// Refused are the domains, with all below them, where nobody may go. Their people
	// can still take a backup.
	Refused []string
	// Longest replaces [LongestUnlocked].
	Longest time.Duration
	// Notify tells the owner of an account, at every address that is known, that it
	// was unlocked, that a Move was confirmed, and that it was locked, with the token
	// that locks it. If it fails, nothing is unlocked and nothing confirmed. Nil tells
	// nobody, which leaves the owner of a stolen account in the dark.
	Notify Notify
	// Now is the clock. Default time.Now.
	Now func() time.Time
}

// A Lock is the source's side of consent: an account is locked until its owner unlocks
// it. The server author calls Unlock and Confirm from pages where the owner has just
// proved who they are; MayCopy from what serves the account's data; MayMove from what
// announces the move, before it begins and before it sends: the waiting time between
// the two, in which a Move can be stopped, is that of package move.
//
// Every decision is recorded for the owner. A Lock is safe for concurrent use.
type Lock struct {
	grants    Grants
	decisions Decisions
	refused   domains
	options   LockOptions
}

// NewLock returns a Lock. It fails if a refused domain is none.
func NewLock(grants Grants, decisions Decisions, options *LockOptions) (*Lock, error) {
	l := &Lock{grants: grants, decisions: decisions}
	if options != nil {
		l.options = *options
	}
	if l.options.Longest <= 0 {
		l.options.Longest = LongestUnlocked
	}
	if l.options.Now == nil {
		l.options.Now = time.Now
	}
	var err error
	l.refused, err = parseDomains(l.options.Refused)
	return l, err
}

func (l *Lock) now() time.Time { return l.options.Now().UTC().Truncate(time.Microsecond) }

// Unlock opens an account for a destination. It lasts as long as asked for, or
// [DefaultUnlocked] for 0. The caller has made sure that it is the owner who asks.
// Where the decision is no, there is no grant.
func (l *Lock) Unlock(ctx context.Context, owner vocab.IRI, to Destination, lasts time.Duration) (Grant, Decision, error) {
	now := l.now()
	if lasts <= 0 {
		lasts = min(DefaultUnlocked, l.options.Longest)
	}
	d := Decision{At: now, Matter: MatterUnlock, Verdict: Refuse, Person: owner, Other: to.Address(), ID: "unlock/" + rand.Text()}
	switch {
	case !to.Valid() || hostOf(to.Address()) == "" || !owner.IsHTTP() || to.Actor == owner:
		d.Ground = GroundBadDestination
	case l.refused.has(to.Address()):
		d.Ground = GroundDestinationRefused
	case lasts > l.options.Longest:
		d.Ground = GroundTooLong
	}
	if d.Ground != "" {
		return Grant{}, d, l.decisions.Record(ctx, d)
	}
	id, token := rand.Text(), rand.Text()
	g := Grant{
		ID: id, Owner: owner, For: to, Opened: now, Expires: now.Add(lasts), Seen: now,
		Stops: []string{hashToken(token)},
	}
	d.Verdict, d.Of = Allow, id
	return l.open(ctx, g, d, token)
}

// open tells the owner before it opens anything.
func (l *Lock) open(ctx context.Context, g Grant, d Decision, token string) (Grant, Decision, error) {
	if err := l.tell(ctx, NoticeUnlocked, g, d, token); err != nil {
		return Grant{}, d, err
	}
	if err := l.decisions.Record(ctx, d); err != nil {
		return Grant{}, d, fmt.Errorf("unlock account: %w", err)
	}
	g, err := l.grants.PutGrant(ctx, g)
	if err != nil {
		return Grant{}, d, fmt.Errorf("unlock account: %w", err)
	}
	return g, d, nil
}

// Confirm is the owner's second word, before a Move to target: what comes of it cannot
// be taken back. The caller has made sure, anew, that it is the owner who says it.
// Confirming the same again changes nothing.
func (l *Lock) Confirm(ctx context.Context, id string, target vocab.IRI) (Decision, error) {
	token := rand.Text()
	for {
		g, err := l.grants.Grant(ctx, id)
		if err != nil {
			return Decision{}, fmt.Errorf("confirm move: %w", err)
		}
		if g, err = l.remember(ctx, g, l.now()); err != nil {
			return Decision{}, err
		}
		next, ground := g.confirm(target, l.now())
		d := Decision{
			ID: "confirm/" + id + "/" + string(target) + "/" + string(ground), At: l.now(), Matter: MatterMove,
			Verdict: Allow, Ground: ground, Person: g.Owner, Other: target, Of: id,
		}
		if ground == "" && l.refused.has(target) {
			d.Ground = GroundDestinationRefused
		}
		if d.Ground != "" {
			d.Verdict = Refuse
			return d, l.decisions.Record(ctx, d)
		}
		if !g.Confirmed.IsZero() {
			return d, l.decisions.Record(ctx, d)
		}
		next.Stops = append(next.Stops[:len(next.Stops):len(next.Stops)], hashToken(token))
		if err := l.tell(ctx, NoticeConfirmed, next, d, token); err != nil {
			return d, err
		}
		if err := l.put(ctx, next, d); !errors.Is(err, portability.ErrOverwritten) {
			return d, err
		}
	}
}

// MayCopy decides whether somebody may read an account: to is an address of the one who
// asks, which the caller has made sure of. Any grant of the owner that allows it
// counts.
func (l *Lock) MayCopy(ctx context.Context, owner, to vocab.IRI) (Decision, error) {
	_, d, err := l.judge(ctx, owner, Request{Act: ActCopy, To: to})
	if err != nil {
		return d, err
	}
	d.ID = idOf(d, to.Origin())
	return d, l.decisions.Record(ctx, d)
}

// MayMove decides whether an account may be announced to have moved to target, and uses
// the grant up for the Move named use. The same Move may ask again, and is refused from
// the moment on at which the owner has stopped it.
func (l *Lock) MayMove(ctx context.Context, owner, target vocab.IRI, use string) (Decision, error) {
	r := Request{Act: ActMove, To: target, Use: use}
	for {
		g, d, err := l.judge(ctx, owner, r)
		if err != nil {
			return d, err
		}
		d.ID = idOf(d, use)
		if !d.Allowed() {
			return d, l.decisions.Record(ctx, d)
		}
		g, _ = g.spend(r, d.At)
		if err := l.put(ctx, g, d); !errors.Is(err, portability.ErrOverwritten) {
			return d, err
		}
	}
}

// idOf names a decision so that the same one, asked for again and again, is recorded
// once a day.
func idOf(d Decision, what string) string {
	return strings.Join([]string{
		string(d.Matter), d.At.Format(time.DateOnly), string(d.Person), d.Of, what, string(d.Ground),
	}, " ")
}

// judge asks every grant of an account, and takes the first that allows, or else the
// refusal that came nearest.
func (l *Lock) judge(ctx context.Context, owner vocab.IRI, r Request) (Grant, Decision, error) {
	now := l.now()
	best := Decision{At: now, Matter: MatterCopy, Verdict: Refuse, Ground: GroundNotUnlocked, Person: owner, Other: r.To}
	if r.Act == ActMove {
		best.Matter = MatterMove
	}
	if l.refused.has(r.To) {
		best.Ground = GroundDestinationRefused
		return Grant{}, best, nil
	}
	for g, err := range l.grants.Grants(ctx, owner) {
		if err != nil {
			return Grant{}, best, fmt.Errorf("look for grants: %w", err)
		}
		if g.Owner != owner {
			continue
		}
		d := g.Judge(r, now)
		if g, err = l.remember(ctx, g, now); err != nil {
			return Grant{}, best, err
		}
		if d.Allowed() {
			d = g.Judge(r, now) // it may have been locked meanwhile
		}
		if d.Allowed() {
			return g, d, nil
		}
		if g.For.Covers(r.To) || best.Ground == GroundNotUnlocked {
			best = d
		}
	}
	return Grant{}, best, nil
}

// Revoke locks an account again: its owner asks, as the caller has made sure.
func (l *Lock) Revoke(ctx context.Context, owner vocab.IRI, id string) (Grant, error) {
	return l.lock(ctx, id, func(g Grant) bool { return g.Owner == owner })
}

// Stop locks an account again with the token of a notice: whoever holds the link need
// not log in, for the account may be in somebody else's hands. A token that is not the
// grant's gets [ErrNoGrant], like a grant that is not there. The Move may be under way
// already in package move: the caller cancels it there, too.
func (l *Lock) Stop(ctx context.Context, token string) (Grant, error) {
	id, _, _ := strings.Cut(token, ".")
	return l.lock(ctx, id, func(g Grant) bool { return g.stoppedBy(strings.TrimPrefix(token, id+".")) })
}

func (l *Lock) lock(ctx context.Context, id string, may func(Grant) bool) (Grant, error) {
	for {
		g, err := l.grants.Grant(ctx, id)
		switch {
		case err != nil:
			return Grant{}, fmt.Errorf("lock account: %w", err)
		case !may(g):
			return Grant{}, fmt.Errorf("lock account: %w", ErrNoGrant)
		}
		d := Decision{
			ID: "lock/" + id, At: l.now(), Matter: MatterUnlock, Verdict: Refuse, Ground: GroundRevoked,
			Person: g.Owner, Other: g.For.Address(), Of: id,
		}
		if g.Revoked.IsZero() {
			g = g.revoke(d.At)
			err = l.put(ctx, g, d)
		}
		switch {
		case errors.Is(err, portability.ErrOverwritten):
			continue
		case err != nil:
			return Grant{}, err
		}
		// Whatever becomes of the notice, the account is locked.
		return g, l.tell(ctx, NoticeLocked, g, d, "")
	}
}

// put stores a grant, and then the decision: it can be recorded again, while a grant that
// was not stored must not be told of.
func (l *Lock) put(ctx context.Context, g Grant, d Decision) error {
	if _, err := l.grants.PutGrant(ctx, g); err != nil {
		return fmt.Errorf("keep grant: %w", err)
	}
	if err := l.decisions.Record(ctx, d); err != nil {
		return fmt.Errorf("record decision: %w", err)
	}
	return nil
}

func (l *Lock) tell(ctx context.Context, k NoticeKind, g Grant, d Decision, token string) error {
	if l.options.Notify == nil {
		return nil
	}
	n := Notice{Kind: k, At: d.At, Person: g.Owner, Other: g.For.Address(), Of: g.ID, Decision: d, Until: g.Expires}
	if token != "" {
		n.Token = g.ID + "." + token
	}
	if err := l.options.Notify(ctx, n); err != nil {
		return fmt.Errorf("tell the owner: %w", err)
	}
	return nil
}
