package backup

import (
	"slices"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// A Check names one thing that [Verify] looks at, in a word that never changes.
type Check string

// The checks. Those marked "own" are made of archives in godwit's own layout only.
const (
	CheckReadable  Check = "readable"  // every entry can be read to its end
	CheckOdd       Check = "odd"       // what [Reader.Problems] has to say
	CheckContainer Check = "container" // own: byte for byte the form that the layout asks for
	CheckIntegrity Check = "integrity" // own: entries, order, sizes and digests are those of the list
	CheckProof     Check = "proof"     // own: the proof holds
	CheckCounts    Check = "counts"    // there is as much of each kind as is said
	CheckItem      Check = "item"      // what is wrong with single items, see the reason
	CheckDuplicate Check = "duplicate" // two items of one name
	CheckReference Check = "reference" // own content that is named, and not there
	CheckMedia     Check = "media"     // files that are missing, damaged or used by nothing
	CheckAudience  Check = "audience"  // content of which nobody can tell for whom it is
)

// A Severity says how much a finding matters.
type Severity string

// The severities.
const (
	Damage Severity = "damage" // it is not what was written; do not trust it
	Loss   Severity = "loss"   // something is missing, or cannot be used
	Remark Severity = "remark" // good to know
)

// A Finding is one thing that Verify found, however often.
type Finding struct {
	Check    Check    `json:"check"`
	Reason   string   `json:"reason"` // a stable word: a [Reason] or a portability.Reason
	Severity Severity `json:"severity"`
	Count    int64    `json:"count"`
	Examples []string `json:"examples,omitempty"` // the first of them: entries or ids, at most ten
}

// A Trust says what the proof of an archive is worth.
type Trust string

// The levels of trust. None tells who wrote others' words.
const (
	Unsigned   Trust = "unsigned"    // no proof, or a dialect that has none: whoever had the file may have changed it
	UnknownKey Trust = "unknown-key" // a proof by a key that is not known: as unsigned
	OwnKey     Trust = "own-key"     // by a key that the actor document inside publishes: whole, by whoever made that document
	KnownKey   Trust = "known-key"   // by the key that the caller knows to be the actor's
	BadProof   Trust = "bad-proof"   // a proof that does not hold
)

// A Verdict is what Verify found.
type Verdict struct {
	Format   Format    `json:"format"`
	Actor    vocab.IRI `json:"actor,omitempty"`
	Trust    Trust     `json:"trust"`
	SignedBy vocab.IRI `json:"signedBy,omitempty"` // the key's id, as the proof names it
	Created  time.Time `json:"created,omitzero"`   // as the proof says
	Entries  int64     `json:"entries"`
	Bytes    int64     `json:"bytes"` // of all entries
	Items    int64     `json:"items"`
	Findings []Finding `json:"findings"`
}

// Whole reports whether nothing was found that makes the archive untrustworthy.
// Something may be missing all the same.
func (v *Verdict) Whole() bool { return !v.has(Damage) }

// Complete reports whether nothing is missing or unusable either.
func (v *Verdict) Complete() bool { return !v.has(Damage) && !v.has(Loss) }

func (v *Verdict) has(s Severity) bool {
	return slices.ContainsFunc(v.Findings, func(f Finding) bool { return f.Severity == s })
}

const mostExamples = 10

// find notes one thing that was found.
func (v *Verdict) find(c Check, reason string, s Severity, where string) {
	i := slices.IndexFunc(v.Findings, func(f Finding) bool {
		return f.Check == c && f.Reason == reason && f.Severity == s
	})
	if i < 0 {
		i = len(v.Findings)
		v.Findings = append(v.Findings, Finding{Check: c, Reason: reason, Severity: s})
	}
	f := &v.Findings[i]
	f.Count++
	if where != "" && len(f.Examples) < mostExamples {
		f.Examples = append(f.Examples, where)
	}
}
