package afterlife

import (
	"iter"
	"time"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// An Account is one that goes into a door file.
type Account struct {
	// Source is where its data come from: an archive, as a rule. It is read before the
	// next account is asked for, and not afterwards.
	Source portability.Source
	// Fingerprint tells the source apart from any other, so that an account that was
	// read whole need not be read again when building is continued. "": it is.
	Fingerprint string
	// MovedTo is where the account verifiably went. "": nowhere. What the archive says
	// of that counts for nothing, for whoever has an archive can write into it; its
	// owner can say it later, see [Claims].
	MovedTo vocab.IRI
	// Deleted is when the account was given up for good: its document, as it is
	// fetched, says Tombstone after the actor's type then (FEP-e965). Zero: it was not.
	Deleted time.Time
}

// A Map knows where old things are now. *uriindex.Index is one; it is made of any
// portability.URIMap.
type Map interface {
	Find(old vocab.IRI) (portability.Mapping, bool)
	All() iter.Seq2[portability.Mapping, error]
}

// Options adjusts [Build]. A nil *Options is the same as a zero one.
type Options struct {
	// Maps lead to the new places of what has moved; the first that knows something
	// counts. Nil: nothing is led anywhere.
	Maps []Map
	// Tombstones are left out of the door file. Nil: what is forgotten is in it, and
	// must be kept from answering by the handler.
	Tombstones *Tombstones
	// Claims takes the digests of claim secrets; accounts that have one keep it. Nil:
	// none are made.
	Claims *Claims
	// Hand gives a claim secret to the person, or to who will. It is called once for
	// each new secret, which is kept nowhere. Needed with Claims.
	Hand func(account vocab.IRI, secret string) error
	// Trusted are origins that people are led to without https, exactly as in
	// "http://127.0.0.1:8080".
	Trusted []string
	// MediaBytes is the largest file that is taken. 0: 8 GiB.
	MediaBytes int64
	// Created is when the door file is made, as it says. Zero: now.
	Created time.Time
	// Progress, if not nil, is told of each account that was read.
	Progress func(account vocab.IRI, so Report)
}

// A Reason says why something did not go into the door file, or why a new place is
// doubted. Reasons are stable.
type Reason string

// The reasons.
const (
	NotPublic  Reason = "not-public"   // for fewer people than everybody
	ForeignID  Reason = "foreign-id"   // on another origin than the account's
	NotTheirs  Reason = "not-theirs"   // somebody else wrote it
	Unusable   Reason = "unusable"     // no document, or one that cannot be read as it stands
	Unsayable  Reason = "unsayable"    // an address that not every web server reads alike
	Taken      Reason = "taken"        // something else answers at the address
	NoMedium   Reason = "no-medium"    // the file is not in the source, or damaged
	MediumSize Reason = "medium-size"  // the file is too large
	BadTarget  Reason = "bad-target"   // the map leads to where nobody is led
	Forgotten  Reason = "forgotten"    // there is a tombstone
	NoActor    Reason = "no-actor"     // an account without a document, or not on https
	SameID     Reason = "same-account" // the account is there already
	Stranger   Reason = "stranger"     // the map tells of an account that is not there
)

// A Report says what a door file has, and what it has not.
type Report struct {
	Accounts  int64            `json:"accounts"`
	Objects   int64            `json:"objects"` // posts and shares
	Media     int64            `json:"media"`   // files, each counted once for each account
	Addresses int64            `json:"addresses"`
	Led       int64            `json:"led"` // addresses with a new place
	LeftOut   map[Reason]int64 `json:"leftOut,omitempty"`
	// LostNames are accounts that are found by their ids alone.
	LostNames []LostName `json:"lostNames,omitempty"`
}

func (r *Report) leave(why Reason) {
	if r.LeftOut == nil {
		r.LeftOut = map[Reason]int64{}
	}
	r.LeftOut[why]++
}

func (r *Report) add(other Report) {
	r.Accounts += other.Accounts
	r.Objects += other.Objects
	r.Media += other.Media
	for why, n := range other.LeftOut {
		r.leave(why)
		r.LeftOut[why] += n - 1
	}
}
