package move

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

// A sight is all that the rules of [Preflight] look at: both accounts at one
// moment, and what WebFinger said.
type sight struct {
	old, new  account
	options   PreflightOptions
	now       time.Time
	snapshot  *snapshot
	webfinger finding
}

// An account is one side of a move as it could be read.
type account struct {
	id vocab.IRI // the canonical one
	// document is nil if err is set: a failure that will not pass by itself.
	document *vocab.Object
	err      error
	standing actor.Standing
}

// look reads both accounts.
func look(ctx context.Context, f actor.Fetcher, old, new vocab.IRI, o *PreflightOptions) (*sight, error) {
	s := &sight{snapshot: &snapshot{fetcher: f, seen: map[vocab.IRI]glance{}}}
	if o != nil {
		s.options = *o
	}
	if s.options.Now == nil {
		s.options.Now = time.Now
	}
	s.now = s.options.Now()
	var err error
	if s.old, err = s.snapshot.account(ctx, old); err != nil {
		return nil, err
	}
	if s.new, err = s.snapshot.account(ctx, new); err != nil {
		return nil, err
	}
	s.webfinger, err = s.resolve(ctx)
	return s, err
}

// resolve asks WebFinger for the new account by the handle that Mastodon asks
// for: the user name at the host of the id.
func (s *sight) resolve(ctx context.Context) (finding, error) {
	if s.options.Resolve == nil || s.new.document == nil {
		return finding{}, nil
	}
	name := s.new.document.Text(vocab.Username)
	if name == "" {
		return fails(RuleUsername), nil
	}
	handle := name + "@" + s.new.id.Host()
	id, err := s.options.Resolve(ctx, handle)
	var retry interface{ Temporary() bool }
	switch {
	case ctx.Err() != nil:
		return finding{}, ctx.Err()
	case errors.As(err, &retry) && retry.Temporary(), errors.Is(err, actor.ErrForbidden):
		return finding{rule: RuleWebFinger, it: "@" + handle, hidden: true}, nil
	case err != nil, id != s.new.id:
		return finding{rule: RuleWebFinger, it: "@" + handle}, nil
	}
	return finding{}, nil
}

// hidden reports whether the account is shown to others than us, perhaps.
func (a account) hidden() bool { return errors.Is(a.err, actor.ErrForbidden) }

func (a account) locked() bool { return a.document != nil && a.document.Bool(vocab.ManualApprove) }

// pages are the addresses at which people see the account.
func (a account) pages() []vocab.IRI {
	if a.document == nil {
		return nil
	}
	return actor.ProfileOf(a.document).Links
}

// isPage reports whether id is where people see the account, and not its id.
func (a account) isPage(id vocab.IRI) bool { return id != a.id && slices.Contains(a.pages(), id) }

// isHandle reports whether text is the handle of the account, in one of the
// forms in use.
func (a account) isHandle(text string) bool {
	if a.document == nil || a.document.Text(vocab.Username) == "" {
		return false
	}
	text = strings.TrimPrefix(strings.TrimPrefix(text, "acct:"), "@")
	return strings.EqualFold(text, a.document.Text(vocab.Username)+"@"+a.id.Host())
}

// text fills the accounts into a sentence.
func (s *sight) text(template string) string {
	return strings.NewReplacer("{old}", string(s.old.id), "{new}", string(s.new.id)).Replace(template)
}

// A snapshot reads each document once, so that all rules see the same. It is
// for one goroutine.
type snapshot struct {
	fetcher actor.Fetcher
	seen    map[vocab.IRI]glance
}

type glance struct {
	document *vocab.Object
	err      error
}

// Fetch is actor.Fetcher.
func (s *snapshot) Fetch(ctx context.Context, id vocab.IRI) (*vocab.Object, error) {
	if known, ok := s.seen[id]; ok {
		return known.document, known.err
	}
	var g glance
	if !id.IsHTTP() {
		g.err = &actor.FetchError{ID: id, Err: actor.ErrScheme}
	} else if fresh, ok := s.fetcher.(actor.FreshFetcher); ok {
		g.document, g.err = fresh.FetchFresh(ctx, id)
	} else {
		g.document, g.err = s.fetcher.Fetch(ctx, id)
	}
	s.seen[id] = g
	return g.document, g.err
}

// account reads one account. A document that names another id on its server is
// read once more there: movers are told the address of a page often enough.
func (s *snapshot) account(ctx context.Context, id vocab.IRI) (account, error) {
	a := account{id: id}
	document, err := s.Fetch(ctx, id)
	switch {
	case err == nil && document.ID() == "":
		err = &actor.FetchError{ID: id, Err: actor.ErrMalformed}
	case err == nil && document.ID() != id:
		a.id = document.ID()
		if document, err = s.Fetch(ctx, a.id); err == nil && document.ID() != a.id {
			err = &actor.FetchError{ID: id, Err: actor.ErrRedirected}
		}
	}
	if err == nil {
		a.document, a.standing = document, actor.StandingOf(document)
		return a, nil
	}
	failed, isFetch := errors.AsType[*actor.FetchError](err)
	if !isFetch || failed.Temporary() || ctx.Err() != nil {
		return a, err
	}
	a.err = err
	return a, nil
}
