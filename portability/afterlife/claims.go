package afterlife

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

// Claims is what people say of their accounts when the server is gone: where they
// went. It also has the digests of the secrets by which they are known. They lie in
// a file beside the door file, to which lines are only added: [ClaimsPath]. They are
// safe for concurrent use, also by several processes.
type Claims struct {
	journal *journal
	mu      sync.RWMutex
	secrets map[vocab.IRI]string // SHA-256 in hex
	moved   map[vocab.IRI]vocab.IRI
}

// A claimLine is one line of the file.
type claimLine struct {
	Account vocab.IRI `json:"account"`
	Secret  string    `json:"secret,omitempty"` // SHA-256 of the secret, in hex
	MovedTo vocab.IRI `json:"movedTo,omitempty"`
	At      time.Time `json:"at,omitzero"`
}

// Errors of claims.
var (
	// ErrSecret says that the secret is not the account's, or that there is no such
	// account: who asks is not told which.
	ErrSecret = errors.New("the secret is not that of the account")
	// ErrNotClaimed says that the new account does not name the old one as its own.
	ErrNotClaimed = errors.New("the new account does not list the old one in alsoKnownAs")
	// ErrNotActor says that there is no account at the new place, or none that stays.
	ErrNotActor = errors.New("the new place is no account, or one that has itself moved")
)

// OpenClaims opens the claims in a file, and makes it if it is not there. The caller
// closes them.
func OpenClaims(path string) (*Claims, error) {
	c := &Claims{secrets: map[vocab.IRI]string{}, moved: map[vocab.IRI]vocab.IRI{}}
	j, err := openJournal(path, c.take)
	if err != nil {
		return nil, fmt.Errorf("open claims: %w", err)
	}
	c.journal = j
	return c, nil
}

// ClaimsPath is where the claims upon a door file lie.
func ClaimsPath(door string) string { return strings.TrimRight(door, "/") + ".claims" }

// Close frees the file.
func (c *Claims) Close() error { return c.journal.Close() }

// Refresh takes what other processes have added.
func (c *Claims) Refresh() error { return c.journal.refresh() }

func (c *Claims) take(line []byte) error {
	var l claimLine
	if json.Unmarshal(line, &l) != nil {
		return nil // of a later version
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if l.Secret != "" {
		c.secrets[l.Account] = l.Secret
	}
	if l.MovedTo != "" {
		c.moved[l.Account] = l.MovedTo
	}
	return nil
}

func (c *Claims) add(l claimLine) error {
	line, err := json.Marshal(l)
	if err != nil {
		return err
	}
	return c.journal.add(line)
}

// movedTo is where an account's owner says that it went.
func (c *Claims) movedTo(account vocab.IRI) (vocab.IRI, bool) {
	if c == nil {
		return "", false
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	to, ok := c.moved[account]
	return to, ok
}

func (c *Claims) hasSecret(account vocab.IRI) bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.secrets[account] != ""
}

// Renew makes a secret for an account, of 256 random bits, in place of any that there
// was, and gives it to hand first: if that fails, the old one stays.
func (c *Claims) Renew(account vocab.IRI, hand func(account vocab.IRI, secret string) error) error {
	bits := make([]byte, 32)
	_, _ = rand.Read(bits) // never fails
	secret := base64.RawURLEncoding.EncodeToString(bits)
	if err := hand(account, secret); err != nil {
		return fmt.Errorf("hand out a claim secret: %w", err)
	}
	return c.add(claimLine{Account: account, Secret: hashOf(secret)})
}

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// A Claim says where an account went.
type Claim struct {
	Account vocab.IRI // the old one
	New     vocab.IRI
	Secret  string
}

// Claim records where an account went, after the secret was found to be right and the
// new account, fetched now, to name the old one as its own. It returns the new
// account's document. The errors are [ErrGone] for an account that is in the
// tombstones, which may be nil, [ErrSecret], [ErrNotActor], [ErrNotClaimed], and those
// of fetching, which say whether to try again.
func (c *Claims) Claim(ctx context.Context, d *Door, t *Tombstones, f actor.Fetcher, claim Claim) (*vocab.Object, error) {
	if err := t.Account(claim.Account); err != nil {
		return nil, fmt.Errorf("claim: %w", err)
	}
	_, known := d.byID[claim.Account]
	c.mu.RLock()
	want := c.secrets[claim.Account]
	c.mu.RUnlock()
	if right := subtle.ConstantTimeCompare([]byte(want), []byte(hashOf(claim.Secret))) == 1; !right || !known || want == "" {
		return nil, fmt.Errorf("claim: %w", ErrSecret)
	}
	document, err := claiming(ctx, f, claim.Account, claim.New)
	if err != nil {
		return nil, fmt.Errorf("claim: %w", err)
	}
	return document, c.add(claimLine{Account: claim.Account, MovedTo: claim.New, At: time.Now().UTC().Truncate(time.Microsecond)})
}

// claiming fetches an account that must name another as its own.
func claiming(ctx context.Context, f actor.Fetcher, old, new vocab.IRI) (*vocab.Object, error) {
	document, err := fresh(ctx, f, new)
	switch {
	case err != nil:
		return nil, err
	case document.ID() != new || new == old || document.IRI(vocab.Inbox) == "" || document.Has(vocab.MovedTo) || document.Is(vocab.TypeTombstone):
		return nil, ErrNotActor
	case !actor.Claims(document, old):
		return nil, ErrNotClaimed
	}
	return document, nil
}

func fresh(ctx context.Context, f actor.Fetcher, id vocab.IRI) (*vocab.Object, error) {
	if past, ok := f.(actor.FreshFetcher); ok {
		return past.FetchFresh(ctx, id)
	}
	return f.Fetch(ctx, id)
}
