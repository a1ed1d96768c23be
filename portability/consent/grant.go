package consent

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"iter"
	"slices"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// A Destination is where an unlocked account may be taken: one account, or any
// account of one server. The zero one is none.
type Destination struct {
	Actor  vocab.IRI `json:"actor,omitempty"`
	Origin string    `json:"origin,omitempty"` // as [vocab.IRI.Origin] writes it
}

// To returns the destination that is one account.
func To(actor vocab.IRI) Destination { return Destination{Actor: actor} }

// ToServer returns the destination that is the server of an address.
func ToServer(address vocab.IRI) Destination { return Destination{Origin: address.Origin()} }

// Address is the account or the server, in words.
func (d Destination) Address() vocab.IRI {
	if d.Actor != "" {
		return d.Actor
	}
	return vocab.IRI(d.Origin)
}

// Valid reports whether it is exactly one account or one server, with an http or
// https address.
func (d Destination) Valid() bool {
	if d.Actor != "" {
		return d.Origin == "" && d.Actor.IsHTTP()
	}
	return d.Origin != "" && vocab.IRI(d.Origin).Origin() == d.Origin
}

// Covers reports whether an account or address belongs to the destination. Where that
// is one account, nothing but its id does.
func (d Destination) Covers(id vocab.IRI) bool {
	if d.Actor != "" {
		return id == d.Actor
	}
	return d.Origin != "" && id.Origin() == d.Origin
}

// A Grant is how the owner of an account has unlocked it for migration: for one
// destination and a limited time. It allows copying, which changes nothing, and one
// Move, which cannot be taken back and so is confirmed a second time. It is changed only
// by a [Lock].
type Grant struct {
	ID      string      `json:"id"`
	Owner   vocab.IRI   `json:"owner"` // the account
	For     Destination `json:"for"`
	Opened  time.Time   `json:"opened"`
	Expires time.Time   `json:"expires"`
	// Target is the account to which the Move was confirmed, at Confirmed.
	Target    vocab.IRI `json:"target,omitempty"`
	Confirmed time.Time `json:"confirmed,omitzero"`
	// Use names the Move that has used the grant up, at Used.
	Use  string    `json:"use,omitempty"`
	Used time.Time `json:"used,omitzero"`
	// Revoked is when it was locked again before its time.
	Revoked time.Time `json:"revoked,omitzero"`
	// Stops are the hashes of the tokens that lock it.
	Stops []string `json:"stops,omitempty"`
	// Seen is the latest time at which a [Lock] has changed it, found it over, or noted that
	// it was used: a clock that is set back brings no time back. Expires comes nearer then.
	Seen    time.Time `json:"seen"`
	Version int64     `json:"version"`
}

// An Act is what is done with an unlocked account.
type Act string

// The acts.
const (
	ActCopy Act = "copy" // reading it, again and again
	ActMove Act = "move" // announcing that it has moved, once
)

// A Request asks to do something with an account.
type Request struct {
	Act Act
	// To is who asks: for a Move the new account; for a copy that or any address of its
	// server.
	To vocab.IRI
	// Use names the Move: the same one may ask again, after a crash.
	Use string
}

// Judge decides about a request. It changes nothing and looks at nothing else.
func (g Grant) Judge(r Request, now time.Time) Decision {
	d := Decision{
		At: now, Matter: MatterCopy, Verdict: Refuse, Person: g.Owner, Other: r.To, Of: g.ID,
		Ground: g.refusal(r, now),
	}
	if r.Act != ActCopy {
		d.Matter = MatterMove
	}
	if d.Ground == "" {
		d.Verdict = Allow
	}
	return d
}

// refusal returns why a request is refused; "" if it is not.
func (g Grant) refusal(r Request, now time.Time) Ground {
	if ground := g.closed(now); ground != "" {
		return ground
	}
	switch {
	case !g.For.Covers(r.To):
		return GroundOtherDestination
	case r.Act == ActCopy:
		return ""
	case r.Act != ActMove || r.Use == "" || g.Confirmed.IsZero():
		return GroundNotConfirmed
	case r.To != g.Target:
		return GroundOtherTarget
	case g.Use != "" && g.Use != r.Use:
		return GroundUsed
	}
	return ""
}

// closed returns why nothing at all is allowed; "" while the account is unlocked.
func (g Grant) closed(now time.Time) Ground {
	switch {
	case g.ID == "" || !g.For.Valid() || g.Opened.IsZero():
		return GroundNotUnlocked
	case !g.Revoked.IsZero():
		return GroundRevoked
	case now.Before(g.Opened):
		return GroundNotYet
	case !g.at(now).Before(g.Expires):
		return GroundExpired
	}
	return ""
}

// at is the time as the grant takes it.
func (g Grant) at(now time.Time) time.Time {
	if now.Before(g.Seen) {
		return g.Seen
	}
	return now
}

// confirm returns the grant with a Move to target confirmed. A grant that was used
// confirms nothing more.
func (g Grant) confirm(target vocab.IRI, now time.Time) (Grant, Ground) {
	switch ground := g.closed(now); {
	case ground != "":
		return g, ground
	case !g.For.Covers(target) || target.Origin() == string(target) || target == g.Owner:
		return g, GroundOtherDestination
	case g.Use != "":
		return g, GroundUsed
	case !g.Confirmed.IsZero() && g.Target != target:
		return g, GroundOtherTarget
	case g.Confirmed.IsZero():
		g.Target, g.Confirmed = target, g.at(now)
	}
	g.Seen = g.at(now)
	return g, ""
}

// spend returns the grant used up by a Move, if that may be.
func (g Grant) spend(r Request, now time.Time) (Grant, Decision) {
	d := g.Judge(r, now)
	if d.Allowed() && g.Use == "" {
		g.Use, g.Used, g.Seen = r.Use, g.at(now), g.at(now)
	}
	return g, d
}

// revoke returns the grant locked. What has moved stays moved.
func (g Grant) revoke(now time.Time) Grant {
	if g.Revoked.IsZero() {
		g.Revoked = g.at(now)
		g.Seen = g.Revoked
	}
	return g
}

// stoppedBy reports whether a token locks the grant.
func (g Grant) stoppedBy(token string) bool {
	hash := []byte(hashToken(token))
	return slices.ContainsFunc(g.Stops, func(stop string) bool {
		return subtle.ConstantTimeCompare([]byte(stop), hash) == 1
	})
}

// hashToken is how a token is stored. It has enough chance in it to need no salt.
func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// ErrNoGrant says that there is no such grant. It is to be tested with errors.Is.
var ErrNoGrant = errors.New("there is no such grant")

// Grants keeps grants. It is safe for concurrent use, by several processes where the
// store is durable.
type Grants interface {
	// Grant returns one, or [ErrNoGrant].
	Grant(ctx context.Context, id string) (Grant, error)
	// PutGrant stores a grant and returns it with its new Version. [portability.ErrOverwritten] if
	// the stored Version is another; that of one that is not there is 0. What
	// [Grant.CheckTimes] refuses is not stored; so it is with the other records.
	PutGrant(ctx context.Context, g Grant) (Grant, error)
	// Grants yields those of an account, by id, ended ones too.
	Grants(ctx context.Context, owner vocab.IRI) iter.Seq2[Grant, error]
}
