package portability

import (
	"encoding/json"
	"fmt"

	"codeberg.org/godwit/godwit/vocab"
)

// A JobSpec is what a copy is begun with.
type JobSpec struct {
	// ID names the job. Beginning one that was begun returns it.
	ID string
	// Account is the new actor.
	Account vocab.IRI
	// Old is the old actor. "" for whatever actor the source has; needed for content
	// of a source that has none, and for a copy that is Proved: of whom is the question.
	Old vocab.IRI
	// Standing is what the copy rests on. Default Claimed. It is the host's to find
	// out, and never the source's to say; see Prove of package portability/consent.
	Standing Standing
	Options  JobOptions
}

// JobOptions is what a person or an operator has chosen for one copy. It is kept with
// the job, in JSON.
type JobOptions struct {
	// Kinds limits what is copied. Empty: everything that the source has.
	Kinds []Kind `json:"kinds,omitempty"`
	// FollowersOnly: what was for the old account's followers is for the new
	// account's. It is looked at only if that approves its followers by hand, as
	// ByHand says; else such content is for its author alone.
	FollowersOnly bool `json:"followersOnly,omitzero"`
	// ByHand: the new account approves its followers by hand, and will while the job is
	// run. A sink that is an [Approver] is asked as well, before every batch, and
	// has the last word.
	ByHand bool `json:"byHand,omitzero"`
	// KeepIDs: everything keeps its id, and what may not, by [EngineOptions].Keep, fails
	// as NotOwn. An operator's act, for a restore on the same domain; refused for a
	// claimed copy, and for an account of another origin.
	KeepIDs bool `json:"keepIds,omitzero"`
	// Breadcrumbs: copies say where they were before (LOLA "previously", FEP-1580).
	// Left out of claimed copies.
	Breadcrumbs bool `json:"breadcrumbs,omitzero"`
	// Quarantine: nobody sees the copies until [Engine.Release]. Claimed ones
	// are in quarantine always.
	Quarantine bool `json:"quarantine,omitzero"`
	// Mirror: what a later run does not find at the source any more is taken out of
	// the sink. For proved copies of a source that is [Live] only, else it is not looked
	// at: an archive that has less than another has deleted nothing. What is gone is
	// looked for a second time first. If all of a kind would go, or more than 10 items
	// that are more than a fifth of it, the copy is paused until a person has answered;
	// see [Engine.DecideRemovals].
	Mirror bool `json:"mirror,omitzero"`
	// Most is how many items of all kinds the source may show. If it shows more, or the
	// same ones over and over, it may have no end: the job is refused as
	// [GroundEndless], with nothing put. 0 means ten million.
	Most int64 `json:"most,omitzero"`
	// Limits are those of this copy, besides the sink's own. A file whose size is not
	// known is read as far as Bytes has room for it, and failed as TooMany if there is more
	// of it. Workers that copy files at the same time may each fill the room that was left.
	Limits Limits `json:"limits,omitzero"`
}

// storedOptions is how they are kept.
type storedOptions struct {
	JobOptions
	Released bool `json:"released,omitzero"` // from quarantine
	// Confirmed is the run whose removals a person has confirmed, and Spared that in
	// which what is in doubt stays.
	Confirmed int `json:"confirmed,omitzero"`
	Spared    int `json:"spared,omitzero"`
}

// ParseJobOptions returns the options that a job was begun with.
func ParseJobOptions(j Job) (JobOptions, error) {
	o, err := optionsOf(j)
	return o.JobOptions, err
}

func optionsOf(j Job) (storedOptions, error) {
	var o storedOptions
	if len(j.Options) == 0 {
		return o, nil
	}
	if err := json.Unmarshal(j.Options, &o); err != nil {
		return o, fmt.Errorf("read options of job %q: %w", j.ID, err)
	}
	return o, nil
}

func (o JobOptions) most() int64 {
	if o.Most > 0 {
		return o.Most
	}
	return 10_000_000
}

func (o JobOptions) bytes() ([]byte, error) { return json.Marshal(o) }

func (o storedOptions) bytes() ([]byte, error) { return json.Marshal(o) }

// quarantined reports whether copies are to be kept unseen.
func (o storedOptions) quarantined(s Standing) bool {
	return !o.Released && (o.Quarantine || s != Proved)
}
