package peer

import (
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// An Attack is a good move with one thing wrong.
type Attack struct {
	Name string `json:"name"`
	// Cases are the numbers of the cases of Move handling that it is: those of
	// the vectors in move/vectors.
	Cases []string `json:"cases,omitzero"`
	About string   `json:"about"`
	Want  Want     `json:"want"`
	// play sets the scene and sends what is to be sent. It begins with two
	// accounts that are linked from both ends, and spoils something.
	play func(*scene)
}

// A Want is what a sound receiver shows.
type Want struct {
	// Followers says what becomes of followers of the old account: they stay,
	// they move, or they may do either, where a receiver may choose.
	Followers string `json:"followers"`
	// Outcome is what a strict receiver concludes: refuse, defer, held, noop or
	// accept; unauthorized if the request is answered 401, unreadable if it is
	// answered another 4xx.
	Outcome string `json:"outcome"`
	// Reason is the stable word for why, if there is one.
	Reason string `json:"reason,omitzero"`
}

// What followers do.
const (
	Stay    = "stay"
	Move    = "move"
	MayMove = "may-move"
)

// Outcomes of requests that are not read as far as the Move.
const (
	Unauthorized = "unauthorized"
	Unreadable   = "unreadable"
)

func stay(o move.Outcome, r move.Reason) Want { return Want{Stay, string(o), string(r)} }

func may(o move.Outcome, r move.Reason) Want { return Want{MayMove, string(o), string(r)} }

func unauthorized(reason string) Want { return Want{Stay, Unauthorized, reason} }

func unreadable() Want { return Want{Stay, Unreadable, ""} }

func cases(numbers ...string) []string { return numbers }

// Attacks returns the table of all attacks.
func Attacks() []Attack {
	var all []Attack
	for _, part := range [][]Attack{
		shapeAttacks(), authorityAttacks(), targetAttacks(), documentAttacks(), pointerAttacks(), chainAttacks(),
		signatureAttacks(), keyAttacks(), sizeAttacks(), floodAttacks(),
	} {
		all = append(all, part...)
	}
	return all
}

func findAttack(name string) (Attack, bool) {
	for _, a := range Attacks() {
		if a.Name == name {
			return a, true
		}
	}
	return Attack{}, false
}

// member is a member of a Move that replaces the usual one; nil leaves it out.
func member(p vocab.Property, value any) vocab.Member { return vocab.Member{Name: p, Value: value} }
