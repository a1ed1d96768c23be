package main

import (
	"fmt"

	"codeberg.org/godwit/godwit/vocab"
)

// A fate is where the scenario wants a follower in the end.
type fate string

const (
	moved   fate = "moved"   // follows the new account, and no more the old
	pending fate = "pending" // asked the new account, which has not answered; follows the old
	kept    fate = "kept"    // follows the old account, for a reason
)

// A follower of the old account.
type follower struct {
	id     vocab.IRI
	host   int
	name   string
	locked bool
	want   fate
	reason string // of kept
}

const perHost = 20

// cast is the 60 followers. Most are moved; the others are what this job is
// about.
func (w *world) cast() []follower {
	var all []follower
	for host := north; host <= south; host++ {
		for i := range perHost {
			name := fmt.Sprintf("fan%02d", i)
			all = append(all, follower{id: w.account(host, name), host: host, name: name, want: moved, locked: host == north && i < 5})
		}
	}
	role := func(host, i int, want fate, reason string) {
		f := &all[(host-north)*perHost+i]
		f.want, f.reason = want, reason
	}
	role(north, 7, kept, "blocked")
	role(south, 3, kept, "rejected")
	role(south, 8, pending, "")
	role(south, 9, pending, "")
	return all
}

// manners tells the new server whom to reject and whom not to answer. They are
// not stored: every start tells it again.
func (w *world) manners() {
	for _, f := range w.followers {
		switch {
		case f.reason == "rejected":
			w.servers[newHost].Reject(f.id)
		case f.want == pending:
			w.servers[newHost].Ignore(f.id)
		}
	}
}
