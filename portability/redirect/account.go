package redirect

import (
	"context"
	"slices"
	"sync"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

// A MovedAccount is an account that has verifiably moved.
type MovedAccount struct {
	Old vocab.IRI // its actor id
	New vocab.IRI // the actor that the verified Move names
	// Pages are where people find the old profile. Old may be one of them.
	Pages []vocab.IRI
	// NewPage is where people find the new profile; "" for New.
	NewPage vocab.IRI
	Inbox   vocab.IRI // of the old actor
	// Kept is what goes on answering at the old place besides Old and Inbox: every key
	// id that was ever published, and the collections.
	Kept []vocab.IRI
	// Off: its owner has switched forwarding off.
	Off bool
}

// Accounts knows the accounts of a server that have moved. It is safe for
// concurrent use, and answers fast: it is asked several times for a request.
type Accounts interface {
	// Moved returns the account that an IRI belongs to: its actor id, one of its
	// pages, its inbox or something else of what it keeps. An account that has come
	// back has not moved.
	Moved(ctx context.Context, id vocab.IRI) (MovedAccount, bool, error)
}

// AccountOf reads a moved account from the document of its old actor. Keys that the
// document no longer has are to be added to Kept, and collections that a takeout does not name.
func AccountOf(old *vocab.Object, to vocab.IRI) MovedAccount {
	a := MovedAccount{Old: old.ID(), New: to, Inbox: old.IRI(vocab.Inbox)}
	a.Pages = slices.DeleteFunc(old.IRIs(vocab.URL), isNoURL)
	for _, p := range [...]vocab.Property{vocab.Outbox, vocab.Followers, vocab.Following, vocab.Liked,
		vocab.Featured, vocab.FeaturedTags, vocab.Streams} {
		a.Kept = append(a.Kept, old.IRIs(p)...)
	}
	keys, problems := actor.Keys(old)
	for _, k := range keys {
		a.Kept = append(a.Kept, k.ID)
	}
	a.Kept = append(a.Kept, actor.Elsewhere(problems)...)
	// Takeouts have names of files in their place.
	a.Kept = slices.DeleteFunc(a.Kept, isNoURL)
	return a
}

func isNoURL(id vocab.IRI) bool { return !id.IsHTTP() }

// page returns where people are led.
func (a MovedAccount) page() vocab.IRI {
	if a.NewPage != "" {
		return a.NewPage
	}
	return a.New
}

// keeps reports whether what stands at an address is never led away for
// ActivityPub. An address has no fragment, and keys are often told by one.
func (a MovedAccount) keeps(id vocab.IRI) bool {
	return id == a.Old.Document() || a.keepsBehind(id)
}

// keepsBehind is keeps for all but the actor itself.
func (a MovedAccount) keepsBehind(id vocab.IRI) bool {
	if id == a.Inbox {
		return true
	}
	return slices.ContainsFunc(a.Kept, func(k vocab.IRI) bool {
		doc := k.Document()
		return doc == id && doc != a.Old.Document() && !slices.Contains(a.Pages, doc)
	})
}

// addresses are all that the account is asked for by.
func (a MovedAccount) addresses() []vocab.IRI {
	all := append([]vocab.IRI{a.Old, a.Old.Document(), a.Inbox}, a.Pages...)
	for _, k := range a.Kept {
		all = append(all, k, k.Document())
	}
	return slices.DeleteFunc(all, func(id vocab.IRI) bool { return id == "" })
}

// An AccountTable is [Accounts] in memory. The zero value is empty and ready.
type AccountTable struct {
	mu       sync.RWMutex
	accounts map[vocab.IRI]MovedAccount // by Old
	names    map[vocab.IRI]vocab.IRI    // to Old
}

var _ Accounts = (*AccountTable)(nil)

// Put adds an account, or replaces it. An address that another account has stays
// that one's.
func (t *AccountTable) Put(a MovedAccount) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.accounts == nil {
		t.accounts, t.names = map[vocab.IRI]MovedAccount{}, map[vocab.IRI]vocab.IRI{}
	}
	t.remove(a.Old)
	t.accounts[a.Old] = a
	for _, id := range a.addresses() {
		if _, taken := t.names[id]; !taken {
			t.names[id] = a.Old
		}
	}
}

// Forward switches the forwarding of an account on or off, and reports whether there
// is such an account.
func (t *AccountTable) Forward(old vocab.IRI, on bool) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	a, ok := t.accounts[old]
	if ok {
		a.Off = !on
		t.accounts[old] = a
	}
	return ok
}

// Remove forgets that an account has moved: it has come back.
func (t *AccountTable) Remove(old vocab.IRI) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.remove(old)
}

func (t *AccountTable) remove(old vocab.IRI) {
	a, ok := t.accounts[old]
	if !ok {
		return
	}
	delete(t.accounts, old)
	for _, id := range a.addresses() {
		if t.names[id] == old {
			delete(t.names, id)
		}
	}
}

// Moved is [Accounts.Moved].
func (t *AccountTable) Moved(_ context.Context, id vocab.IRI) (MovedAccount, bool, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	old, ok := t.names[id]
	if !ok {
		return MovedAccount{}, false, nil
	}
	return t.accounts[old], true, nil
}
