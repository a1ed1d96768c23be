package portability

import "time"

// An Event is something to be told to those who watch a job.
type Event struct {
	Job    string
	At     time.Time
	State  JobState
	Stage  Stage
	Kind   Kind
	Done   int64
	Total  int64         // -1 if it is not known
	Rate   float64       // items per second, of the last steps; 0 if it is not known
	Left   time.Duration // -1 if it is not known
	Reason Reason        // of the last problem
	Text   string        // for people; nothing private
}
