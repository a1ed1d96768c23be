package portability

import (
	"context"
	"slices"
)

// A JobReport is what became of every item of a job, as its journal has it.
type JobReport struct {
	Job Job `json:"-"`
	// Report has the items by kind, state and reason. Those that are staged still have
	// the state "". Copied items may have a reason here: what is odd about them. Of its
	// files only those that were copied are counted.
	Report
	// Missing are those that should be at the sink and are not, by kind. They are
	// among the failed as NotHere.
	Missing map[Kind]int64 `json:"missing,omitempty"`
	// Vanished are those that are at the sink, and that the source did not have any
	// more when it was read last, by kind.
	Vanished map[Kind]int64 `json:"vanished,omitempty"`
	// NotShown is how many fewer items the source has shown, when it was read last, than
	// it said that there are exactly, by kind.
	NotShown map[Kind]int64 `json:"notShown,omitempty"`
	// Unmapped are the old addresses of what was put that lead to no copy of this
	// account, by reason: whoever follows one does not come here.
	Unmapped map[Reason]int64 `json:"unmapped,omitempty"`
	// Doubted are the kinds of which so much is gone from the source at once that the
	// copy is paused until a person has answered; see [Engine.DecideRemovals].
	Doubted []*GoneError `json:"doubted,omitempty"`
	// FileStates are the files by state and reason.
	FileStates map[State]map[Reason]int64 `json:"fileStates,omitempty"`
	// Quarantined: nobody sees the copies yet.
	Quarantined bool `json:"quarantined,omitzero"`
}

// Report tells what became of every item of a job so far.
func (e *Engine) Report(ctx context.Context, id string) (*JobReport, error) {
	j, err := e.store.Job(ctx, id)
	if err != nil {
		return nil, err
	}
	options, err := optionsOf(j)
	if err != nil {
		return nil, err
	}
	r := &JobReport{Job: j, Quarantined: options.quarantined(j.Standing), NotShown: j.notShown()}
	if j.State == JobPaused && j.Stage == StageRemove {
		r.Doubted = j.doubted(options)
	}
	for entry, err := range e.store.Entries(ctx, id, -1, EntryFilter{}) {
		if err != nil {
			return nil, jobError("report", id, err)
		}
		r.entry(entry, j.Run)
	}
	for f, err := range e.store.Files(ctx, id, -1) {
		if err != nil {
			return nil, jobError("report", id, err)
		}
		r.file(f)
	}
	if r.Unmapped, err = e.unmapped(ctx, j); err != nil {
		return nil, jobError("report", id, err)
	}
	return r, nil
}

func (r *JobReport) entry(e Entry, run int) {
	if e.Reason == DuplicateID && e.Run < run {
		return // it is so no more
	}
	r.add(Result{Ref: e.Ref, NewID: e.NewID, URLs: slices.Clone(e.URLs), State: e.State, Reason: e.Reason})
	switch {
	case e.State == Failed && e.Reason == NotHere:
		r.Missing = more(r.Missing, e.Kind)
	case e.wasPut() && e.Run < run:
		r.Vanished = more(r.Vanished, e.Kind)
	}
}

// notShown compares what the source has said and shown of the kinds that were read.
func (j Job) notShown() map[Kind]int64 {
	var short map[Kind]int64
	for _, t := range j.Progress {
		if t.Stage != StageRead || !t.Exact || t.Met >= t.Total || j.Stage == StageRead {
			continue
		}
		if short == nil {
			short = map[Kind]int64{}
		}
		short[t.Kind] = t.Total - t.Met
	}
	return short
}

func more(counts map[Kind]int64, k Kind) map[Kind]int64 {
	if counts == nil {
		counts = map[Kind]int64{}
	}
	counts[k]++
	return counts
}

func (r *JobReport) file(f JobFile) {
	if r.FileStates == nil {
		r.FileStates = map[State]map[Reason]int64{}
	}
	if r.FileStates[f.State] == nil {
		r.FileStates[f.State] = map[Reason]int64{}
	}
	r.FileStates[f.State][f.Reason]++
	if f.State == Copied {
		r.Files++
		r.Bytes += f.Bytes
	}
}
