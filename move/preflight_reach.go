package move

import (
	"maps"
	"slices"
)

// A Reach says whom a move is expected to reach.
type Reach struct {
	Moved   int // people who follow the new account afterwards
	Waiting int // of Moved: whose follow waits until the new account approves it
	Told    int // people who are told, and must follow by hand
	Missed  int // people whom the Move does not reach
	Unknown int // people of whose servers too little is known
	Parts   []Part
}

// Left is how many people may stay behind without knowing: those to whom a
// farewell post is of use.
func (r Reach) Left() int { return r.Told + r.Missed + r.Unknown }

// A Part is the people on servers of one software.
type Part struct {
	Software   string // as it was given
	Family     string // "" if it has none
	People     int
	Prediction Prediction
	// Why says why they are not moved; "" if they are.
	Why string
}

// Reach counts followers by what is expected of their servers. They are given
// as the number of people by the software of their server, under its name in
// NodeInfo. Parts is in the order of these names.
func (f *Forecast) Reach(followers map[string]int) Reach {
	var r Reach
	for _, software := range slices.Sorted(maps.Keys(followers)) {
		if followers[software] <= 0 {
			continue
		}
		part := f.part(software)
		part.People = followers[software]
		r.Parts = append(r.Parts, part)
		switch part.Prediction {
		case Honoured:
			r.Moved += part.People
		case NotifyOnly:
			r.Told += part.People
		case Ignored:
			r.Missed += part.People
		default:
			r.Unknown += part.People
		}
	}
	if f.waits {
		r.Waiting = r.Moved
	}
	return r
}

func (f *Forecast) part(software string) Part {
	p := Part{Software: software, Prediction: CannotTell, Why: "it is not known how this software takes a move"}
	family, known := FamilyOf(software)
	if !known {
		return p
	}
	for _, o := range f.Outlooks {
		if o.Family == family {
			p.Family, p.Prediction, p.Why = family, o.Prediction, o.why()
		}
	}
	if p.Prediction == Honoured && p.Why != "" {
		p.Prediction = Ignored
	}
	return p
}

// why says why people are not moved.
func (o Outlook) why() string {
	switch {
	case len(o.Failing) > 0:
		return string(o.Failing[0].Rule) + ": " + o.Failing[0].Remedy
	case o.Prediction == NotifyOnly:
		return "it tells people, who decide for themselves"
	}
	return o.stays
}
