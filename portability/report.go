package portability

import "slices"

// A Report is what became of every item of a copy.
type Report struct {
	// Counts are the items by kind, state and reason.
	Counts map[Kind]map[State]map[Reason]int64 `json:"counts"`
	// Problems are those of items, by kind and reason.
	Problems map[Kind]map[Reason]int64 `json:"problems,omitempty"`
	// Examples are the first of each kind, state and reason that did not end
	// as Copied, at most ten of each.
	Examples []Result `json:"examples,omitempty"`
	// Files and Bytes are the media that were given to the sink. Copy remembers
	// the last 65536 files; one that is used again after more than that many
	// others is given, and counted, again.
	Files int64 `json:"files"`
	Bytes int64 `json:"bytes"`
}

const examples = 10

func (r *Report) add(result Result) {
	if r.Counts == nil {
		r.Counts = map[Kind]map[State]map[Reason]int64{}
	}
	states := r.Counts[result.Kind]
	if states == nil {
		states = map[State]map[Reason]int64{}
		r.Counts[result.Kind] = states
	}
	if states[result.State] == nil {
		states[result.State] = map[Reason]int64{}
	}
	states[result.State][result.Reason]++
	if result.State != Copied && states[result.State][result.Reason] <= examples {
		r.Examples = append(r.Examples, result)
	}
}

func (r *Report) note(k Kind, p Problem) {
	if r.Problems == nil {
		r.Problems = map[Kind]map[Reason]int64{}
	}
	if r.Problems[k] == nil {
		r.Problems[k] = map[Reason]int64{}
	}
	r.Problems[k][p.Reason]++
}

// Count returns how many items of a kind ended in one of the states; in any, if
// none is given.
func (r *Report) Count(k Kind, states ...State) int64 {
	var n int64
	for state, reasons := range r.Counts[k] {
		if len(states) > 0 && !slices.Contains(states, state) {
			continue
		}
		for _, count := range reasons {
			n += count
		}
	}
	return n
}

// Whole reports whether no item failed or is in conflict. What the sink said it
// has no place for is not counted against it.
func (r *Report) Whole() bool {
	for _, states := range r.Counts {
		for state := range states {
			if state == Failed || state == Conflicting {
				return false
			}
		}
	}
	return true
}
