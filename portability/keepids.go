package portability

import (
	"context"
	"fmt"

	"codeberg.org/godwit/godwit/vocab"
)

// KeepIDs decides which ids the things of an account keep, where [JobOptions].KeepIDs
// asks for that: those that the operator wants for this account, and that nobody else
// here has. Keeping in package portability/consent judges one. It returns an answer for
// each id, in their order, and has no effects. An error is the server's, and tried
// again.
type KeepIDs func(ctx context.Context, j Job, ids []vocab.IRI) ([]bool, error)

// keepIDs lets what was staged keep its ids. What may not fails: an id that somebody
// else has here shows that the item is theirs, and under a new one it would be copied
// as this account's.
func (s *staging) keepIDs(ctx context.Context) error {
	var ids []vocab.IRI
	var asked []int
	for n, i := range s.toPut {
		id := vocab.IRI(i.ID)
		switch {
		case i.Kind == Actor:
			s.staged(n).NewID = s.job.Account
		case namesOf(*s.job, i) == nil:
		case !vocab.SameOrigin(id, s.job.Account):
			s.unkept(n, ForeignHost)
		case s.v.claimant().isAnothers(id):
			s.unkept(n, NotOwn)
		default:
			ids, asked = append(ids, id), append(asked, n)
		}
	}
	may, err := s.mayKeep(ctx, ids)
	for n, is := range may {
		if is {
			s.staged(asked[n]).NewID = ids[n]
			continue
		}
		s.unkept(asked[n], NotOwn)
	}
	return err
}

// mayKeep asks which ids may be kept. Where nobody is there to be asked, none may.
func (s *staging) mayKeep(ctx context.Context, ids []vocab.IRI) (may []bool, err error) {
	ask := s.v.engine.options.Keep
	if ask == nil || len(ids) == 0 {
		return make([]bool, len(ids)), nil
	}
	err = s.v.during(ctx, func(ctx context.Context) (err error) {
		may, err = ask(ctx, *s.job, ids)
		if err == nil && len(may) != len(ids) {
			err = fmt.Errorf("there are %d answers for %d ids", len(may), len(ids))
		}
		return ofEnd("ask which ids are kept", err)
	})
	if err != nil {
		return nil, err
	}
	return may, nil
}

// unkept ends an item that was staged and may not keep its id.
func (s *staging) unkept(n int, why Reason) {
	e := s.staged(n)
	e.State, e.Reason = Failed, why
	s.job.tally(e.Stage, e.Kind).Total--
}
