package client

import (
	"context"
	"crypto/sha256"
	"net/http"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/internal/httpsig"
	"codeberg.org/godwit/godwit/internal/safehttp"
	"codeberg.org/godwit/godwit/vocab"
)

// Options adjusts a [Client]. A nil *Options is the same as a zero one.
type Options struct {
	// PublicOrigin is where this server is reached from outside, such as
	// "https://new.example". Signatures of requests are verified against it,
	// never against forwarding headers. Empty: the request's Host, with the
	// scheme of its connection.
	PublicOrigin string
	// Signer signs what is fetched. Nil: nothing is signed, and servers that
	// demand a signature refuse.
	Signer Signer
	// Signers finds who signs the deliveries of an actor. Nil: Signer signs
	// those of its own actor, and there are no others.
	Signers func(ctx context.Context, owner vocab.IRI) (Signer, error)
	// Memory keeps the keys that were seen. Nil: [actor.NewKeyMemory], which
	// forgets with the process.
	Memory actor.KeyMemory
	// Normalize rewrites a fetched document whose context gives other
	// meanings to the names that godwit reads; vocab/expand has the one to
	// use. Nil: documents are read as they stand.
	Normalize func(*vocab.Object) (*vocab.Object, error)
	// UserAgent names this software and server to others. Empty: godwit's own.
	UserAgent string

	// Trusted lists exact host:port pairs that the guard lets through though
	// they are not on the public network.
	Trusted []string
	// Transport replaces the guarded transport, and with it the guard against
	// private addresses, for tests. Nil: the guarded one.
	Transport http.RoundTripper
	// Clock tells the time. Nil: time.Now.
	Clock func() time.Time

	// Timeout bounds each request with its redirects. 0: 10 s.
	Timeout time.Duration
	// DocumentBytes is the largest document that is read. 0: 1 MiB.
	DocumentBytes int
	// CacheFor is how long Fetch may answer with what it fetched before. 0:
	// one minute; negative: not at all.
	CacheFor time.Duration
	// CacheBytes bounds the cached documents together. 0: 16 MiB.
	CacheBytes int64
	// KeyFor is how long a sender's key is used without looking at it again,
	// as long as signatures verify with it. 0: 24 h.
	KeyFor time.Duration
	// KeyFetches is how many documents per minute and origin are fetched
	// because a signature names a key there that is not held. 0: 60.
	KeyFetches int
	// Window bounds the age of signatures.
	Window Window
}

// A Window says how old and how new a signature may be. A zero field takes its
// default.
type Window struct {
	CavageBack, CavageAhead   time.Duration // 65 min and 1 h
	RFC9421Back, RFC9421Ahead time.Duration // 1 h and 1 min
}

const (
	defaultUserAgent     = "godwit (+https://codeberg.org/godwit/godwit)"
	defaultTimeout       = 10 * time.Second
	defaultDocumentBytes = 1 << 20
	defaultCacheFor      = time.Minute
	defaultCacheBytes    = 16 << 20
	defaultKeyFor        = 24 * time.Hour
	defaultKeyFetches    = 60
)

func (o *Options) orDefault() Options {
	var options Options
	if o != nil {
		options = *o
	}
	if options.Memory == nil {
		options.Memory = actor.NewKeyMemory()
	}
	if options.Clock == nil {
		options.Clock = time.Now
	}
	// What is no origin stays, so that every Verify fails and says so.
	if origin := vocab.IRI(options.PublicOrigin).Origin(); origin != "" {
		options.PublicOrigin = origin
	}
	orDefault(&options.UserAgent, defaultUserAgent)
	orDefault(&options.Timeout, defaultTimeout)
	orDefault(&options.DocumentBytes, defaultDocumentBytes)
	orDefault(&options.CacheFor, defaultCacheFor)
	orDefault(&options.CacheBytes, defaultCacheBytes)
	orDefault(&options.KeyFor, defaultKeyFor)
	orDefault(&options.KeyFetches, defaultKeyFetches)
	options.Window.orDefault()
	return options
}

func (w *Window) orDefault() {
	orDefault(&w.CavageBack, 65*time.Minute)
	orDefault(&w.CavageAhead, time.Hour)
	orDefault(&w.RFC9421Back, time.Hour)
	orDefault(&w.RFC9421Ahead, time.Minute)
}

func orDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// A Client fetches, delivers and verifies. It is safe for concurrent use.
type Client struct {
	*shared
	signer Signer
}

// shared is what all Clients made from one with [Client.As] have in common.
type shared struct {
	options   Options
	policy    *httpsig.Policy
	http      *safehttp.Client
	now       func() time.Time
	documents *lru[string, fetched]
	fetching  flights[*vocab.Object]
	origins   *origins
	keyring   *keyring
	learnt    *lru[vocab.IRI, [sha256.Size]byte] // the documents whose keys were just remembered
	replays   *lru[replay, struct{}]
	softwares *softwares
}

var (
	_ actor.Fetcher      = (*Client)(nil)
	_ actor.FreshFetcher = (*Client)(nil)
)

// New returns a Client.
func New(o *Options) *Client {
	options := o.orDefault()
	return &Client{signer: options.Signer, shared: &shared{
		options: options,
		policy:  options.policy(),
		now:     options.Clock,
		http: safehttp.New(&safehttp.Options{
			Trusted:   options.Trusted,
			Transport: options.Transport,
			Timeout:   options.Timeout,
			BodyBytes: int64(options.DocumentBytes),
		}),
		documents: newLRU[string, fetched](options.CacheBytes),
		origins:   newOrigins(options.KeyFetches),
		keyring:   newKeyring(),
		learnt:    newLRU[vocab.IRI, [sha256.Size]byte](maxLearnt),
		replays:   newLRU[replay, struct{}](maxReplays),
		softwares: newSoftwares(),
	}}
}

// As returns a Client that signs what it fetches with another Signer; nil
// signs nothing. What is remembered of origins and keys is shared. Cached
// documents are not: an origin may show one actor what it hides from another.
func (c *Client) As(signer Signer) *Client { return &Client{shared: c.shared, signer: signer} }

// CloseIdleConnections closes the connections that wait for another request.
func (c *Client) CloseIdleConnections() { c.http.CloseIdleConnections() }
