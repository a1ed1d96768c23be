package portability

import (
	"slices"
	"time"
)

// tally returns the job's tally of a stage and kind, to be changed. The job's Progress
// must be its own.
func (j *Job) tally(s Stage, k Kind) *Tally {
	i := slices.IndexFunc(j.Progress, func(t Tally) bool { return t.Stage == s && t.Kind == k })
	if i < 0 {
		j.Progress = append(j.Progress, Tally{Stage: s, Kind: k})
		i = len(j.Progress) - 1
	}
	return &j.Progress[i]
}

// counted returns a tally as it is.
func (j Job) counted(s Stage, k Kind) Tally {
	for _, t := range j.Progress {
		if t.Stage == s && t.Kind == k {
			return t
		}
	}
	return Tally{Stage: s, Kind: k}
}

// recorded takes what was stored, and tells of it.
func (v *visit) recorded(j Job, c Change) {
	for _, e := range c.Entries {
		if e.State == Failed || e.State == Conflicting {
			v.problem = e.Reason
		}
	}
	before := v.job
	v.job = j
	t, moved := movedOn(before, j)
	if took := t.Took - before.counted(t.Stage, t.Kind).Took; took > 0 && moved > 0 {
		v.rate = smooth(v.rate, float64(moved)/took.Seconds())
	}
	v.engine.tell(j, Event{Stage: t.Stage, Kind: t.Kind, Done: t.Done, Total: total(t), Rate: v.rate, Left: left(t, v.rate), Reason: v.problem})
}

// timed adds the time that a step took to the tally that it has added to.
func (v *visit) timed(j Job) Job {
	t, moved := movedOn(v.job, j)
	took := v.engine.now().Sub(v.began)
	if moved == 0 || took <= 0 || took > 24*time.Hour {
		return j // a clock that jumped tells nothing
	}
	j = j.clone()
	j.tally(t.Stage, t.Kind).Took += took
	return j
}

// movedOn returns the tally of the stage that a step has added to, and how much.
func movedOn(before, after Job) (Tally, int64) {
	for _, t := range after.Progress {
		if n := t.Done - before.counted(t.Stage, t.Kind).Done; t.Stage == before.Stage && n > 0 {
			return t, n
		}
	}
	return after.counted(before.Stage, before.Kind), 0
}

// smooth lets a rate follow the last steps.
func smooth(before, now float64) float64 {
	if before == 0 {
		return now
	}
	return 0.7*before + 0.3*now
}

func total(t Tally) int64 {
	if t.Total < t.Done {
		return -1
	}
	return t.Total
}

// left returns how long the rest takes, or -1.
func left(t Tally, rate float64) time.Duration {
	if rate <= 0 || total(t) < 0 {
		return -1
	}
	return time.Duration(float64(t.Total-t.Done) / rate * float64(time.Second))
}

// tell tells those who watch.
func (e *Engine) tell(j Job, event Event) {
	if e.options.Events == nil {
		return
	}
	event.Job, event.At, event.State, event.Text = j.ID, e.now(), j.State, j.Trouble
	if event.Stage == "" {
		event.Stage, event.Kind = j.Stage, j.Kind
	}
	e.options.Events(event)
}
