package afterlife

import (
	"context"
	"errors"
	"fmt"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/internal/scratch"
	"codeberg.org/godwit/godwit/vocab"
)

// CheckOptions adjusts [Check]. A nil *CheckOptions is the same as a zero one.
type CheckOptions struct {
	// Wait, if not nil, is called before each question, to be no burden to the new
	// places: a rate.Limiter's Wait does it.
	Wait func(ctx context.Context) error
	// Claims is where people say that their accounts went. Nil: nobody said so.
	Claims *Claims
}

// A Checked says what a check found.
type Checked struct {
	Accounts  int64 `json:"accounts"` // whose new place was asked
	Asked     int64 `json:"asked"`    // posts
	Forgotten int64 `json:"forgotten"`
	Failed    int64 `json:"failed"` // accounts and posts that could not be asked now
	// Doubted are accounts that lead to where nobody says, now, that they are the same.
	Doubted []Doubt `json:"doubted,omitempty"`
}

// A Doubt is an account that leads to a place which does not say that it is the
// account's: [NotFound], [Deleted], [NotAccount], [NotLinked] or [MovedOn].
type Doubt struct {
	Account vocab.IRI `json:"account"`
	New     vocab.IRI `json:"new"`
	Reason  Reason    `json:"reason"`
}

// Reasons to doubt a new place.
const (
	NotFound   Reason = "not-found"     // there is nothing
	Deleted    Reason = "gone"          // the account there was given up
	NotAccount Reason = "wrong-type"    // what is there is no account, or has another id
	NotLinked  Reason = "not-linked"    // it does not list the old account in alsoKnownAs
	MovedOn    Reason = "moved-further" // it has itself moved
)

// Check asks each new account whether it still names the old one as its own, and then
// the new places of all that is led away; what those say is gone (410), it forgets.
// Anything else that they say changes nothing: a place that cannot be reached may come
// back. It is to be run now and then, and may be interrupted.
//
// A new account that no longer says so is a [Doubt], and nothing is forgotten on the
// word of its server: a name may have changed hands. Whether people are led there any
// longer, who runs the old server decides: an alias is also removed by those who think
// that it has served. Nothing is asked where nobody is led: at places from which an
// account has since moved elsewhere.
func Check(ctx context.Context, d *Door, t *Tombstones, f actor.Fetcher, o *CheckOptions) (Checked, error) {
	if o == nil {
		o = &CheckOptions{}
	}
	c := &checker{answers: &answers{Door: d, tombstones: t, claims: o.Claims}, fetcher: f, wait: o.Wait, believed: map[uint32]bool{}}
	if err := c.run(ctx); err != nil {
		return c.found, fmt.Errorf("check: %w", err)
	}
	return c.found, nil
}

// A checker is a check under way.
type checker struct {
	*answers
	fetcher  actor.Fetcher
	wait     func(context.Context) error
	believed map[uint32]bool // accounts whose new place is theirs
	asked    *scratch.Map    // posts, which have many addresses
	found    Checked
}

func (c *checker) run(ctx context.Context) error {
	if err := c.accounts(ctx); err != nil {
		return err
	}
	folder, err := scratch.New("")
	if err != nil {
		return err
	}
	if c.asked, err = folder.Map("asked", 1, 0); err != nil {
		return errors.Join(err, folder.Close())
	}
	return errors.Join(c.posts(ctx), c.asked.Close(), folder.Close())
}

func (c *checker) fetch(ctx context.Context, id vocab.IRI) (*vocab.Object, error) {
	if c.wait != nil {
		if err := c.wait(ctx); err != nil {
			return nil, err
		}
	}
	return fresh(ctx, c.fetcher, id)
}

// accounts asks the new accounts.
func (c *checker) accounts(ctx context.Context) error {
	for i := range c.answers.accounts {
		n := uint32(i)
		old, to := c.idOf(n), c.movedTo(n)
		if to == "" || c.tombstones.Account(old) != nil {
			continue
		}
		c.found.Accounts++
		why, err := c.doubt(ctx, old, to)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			c.found.Failed++
			continue
		case why != "":
			c.found.Doubted = append(c.found.Doubted, Doubt{old, to, why})
		}
		c.believed[n] = why == "" || why == MovedOn || why == Deleted
	}
	return nil
}

// doubt says why a new account is not that of an old one, "" if it is.
func (c *checker) doubt(ctx context.Context, old, to vocab.IRI) (Reason, error) {
	document, err := c.fetch(ctx, to)
	switch {
	case errors.Is(err, actor.ErrGone):
		return Deleted, nil
	case errors.Is(err, actor.ErrNotFound):
		return NotFound, nil
	case errors.Is(err, actor.ErrRedirected), errors.Is(err, actor.ErrContentType), errors.Is(err, actor.ErrMalformed):
		return NotAccount, nil // as whoever has a domain now shows to everybody
	case err != nil:
		return "", err
	case document.ID() == to && document.Is(vocab.TypeTombstone):
		return Deleted, nil
	case document.ID() != to || document.IRI(vocab.Inbox) == "":
		return NotAccount, nil
	case !actor.Claims(document, old):
		return NotLinked, nil
	case document.Has(vocab.MovedTo):
		return MovedOn, nil
	}
	return "", nil
}

// posts asks the new places of posts.
func (c *checker) posts(ctx context.Context) error {
	for r, err := range c.all(ctx) {
		if err != nil {
			return err
		}
		if !c.isLed(r) || !c.believed[r.account] || c.isGone(r) {
			continue
		}
		_, twice, err := c.asked.Get(scratch.Key(r.item))
		if err == nil && !twice {
			err = errors.Join(c.asked.Put(scratch.Key(r.item), []byte{1}), c.post(ctx, r))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// isLed reports whether somebody who asks for a post is led elsewhere.
func (c *checker) isLed(r *record) bool {
	return r.to != "" && (r.role == isObject || r.role == isMapped) && r.mover == c.movedTo(r.account)
}

func (c *checker) post(ctx context.Context, r *record) error {
	c.found.Asked++
	_, err := c.fetch(ctx, r.to)
	switch {
	case errors.Is(err, actor.ErrGone):
		c.found.Forgotten++
		return c.tombstones.add(append(c.keysOf(r), r.key())...)
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		c.found.Failed++
	}
	return nil
}
