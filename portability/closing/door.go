package closing

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"iter"
)

// door builds the door file if there is anything that the last one did not have, or has
// otherwise: a choice that was changed or withdrawn must not lead anybody on.
func (j *Job) door(ctx context.Context, report *Report) error {
	if j.steps.Door == nil {
		return nil
	}
	due := newDoorSum()
	for a, err := range j.exports(ctx) {
		if err != nil {
			return err
		}
		due.add(a)
	}
	if due.n == 0 || j.log.doorOf() == due.String() {
		return nil
	}
	built := newDoorSum()
	if err := j.steps.Door(ctx, built.of(j.exports(ctx))); err != nil {
		return err
	}
	report.Door = true
	r := record{Task: doorBuilt, At: j.options.Now().UTC(), Door: built.String()}
	return errors.Join(j.log.append(r), j.log.settle())
}

// exports yields the accounts that are exported.
func (j *Job) exports(ctx context.Context) iter.Seq2[Done, error] {
	return func(yield func(Done, error) bool) {
		for a, err := range j.server.Accounts(ctx, "") {
			if err != nil {
				yield(Done{}, fmt.Errorf("list accounts: %w", err))
				return
			}
			if !j.log.has(a, Export) {
				continue
			}
			if !yield(Done{a, j.log.exported(a.Name), a.New != "" && j.log.has(a, Map)}, nil) {
				return
			}
		}
	}
}

// A doorSum tells two lists of accounts apart, of which door files are built. People
// choose while a job runs: so it is of what a builder was given, not of what there is.
type doorSum struct {
	n    int
	hash hash.Hash
}

func newDoorSum() *doorSum { return &doorSum{hash: sha256.New()} }

func (s *doorSum) add(a Done) {
	s.n++
	a.Bytes = 0                                 // a guess, which may change
	_ = json.NewEncoder(s.hash).Encode(struct { // strings and numbers, and a hash takes everything
		Done   Account
		Export Exported
		Mapped bool
	}{a.Account, a.Exported, a.Mapped})
}

// of adds what is taken of a list.
func (s *doorSum) of(all iter.Seq2[Done, error]) iter.Seq2[Done, error] {
	return func(yield func(Done, error) bool) {
		s.n, s.hash = 0, sha256.New()
		for a, err := range all {
			if err == nil {
				s.add(a)
			}
			if !yield(a, err) {
				return
			}
		}
	}
}

func (s *doorSum) String() string { return hex.EncodeToString(s.hash.Sum(nil)) }
