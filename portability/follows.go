package portability

import (
	"context"
	"errors"
	"strings"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

// StageFollows is the stage of a job that follows accounts. It is none of [Stages]: no
// copy has it, for it is the only one that sends.
const StageFollows Stage = "follows"

// ErrFollows says that a job follows accounts, and is a [FollowEngine]'s.
var ErrFollows = errors.New("the job is none that copies")

// How a follow ended. One that was never tried has no state.
const (
	Asked    State = "asked"    // the request was sent, and is not answered
	Accepted State = "accepted" // the account is followed
	Rejected State = "rejected" // the other side does not want it
)

// Why somebody is not followed.
const (
	FollowBlocked     Reason = "blocked"     // the account here blocks them, or their server, or is blocked
	FollowSelf        Reason = "self"        // it is the account itself
	FollowUnreachable Reason = "unreachable" // they cannot be asked, and that will last
	FollowGaveUp      Reason = "gave-up"     // they could not be asked, however often it was tried
)

// A Follower is a host that can follow accounts, as one of its own. It is safe for
// concurrent use.
type Follower interface {
	// Follow asks to follow target as account, and returns Asked, Accepted or Rejected,
	// as it stands by now. It is idempotent by account and target: again, it sends the
	// same activity or none. It applies the options of the follow (notices, shares,
	// languages) that were copied with the list. Target may be "acct:" and a handle.
	//
	// An error whose Temporary is false says that it cannot be done; any other, that it
	// was not; with an [actor.DeliveryError] or [actor.FetchError], the host of target is
	// left alone as long as it has asked for.
	Follow(ctx context.Context, account, target vocab.IRI) (State, error)
}

// A Guide is a [Follower] that knows where people have moved.
type Guide interface {
	// Whereabouts returns where target is now: itself, or the account to which it has
	// verifiably moved; or the id of an "acct:" name.
	Whereabouts(ctx context.Context, target vocab.IRI) (vocab.IRI, error)
}

// A Chooser is a [Follower] that knows whom an account does not want to follow any
// more, or must not.
type Chooser interface {
	// Chooses reports whether account may follow target now: it does not block it, nor
	// its domain, nor does the server.
	Chooses(ctx context.Context, account, target vocab.IRI) (bool, error)
}

// FollowOptions adjusts a [FollowEngine]. A nil *FollowOptions is the same as a zero
// one.
type FollowOptions struct {
	// Gap is how far apart requests to one host are. Default 30 seconds; negative: none.
	Gap time.Duration
	// PerHost is how many requests one host gets in an hour. Default 60.
	PerHost int
	// PerHour is how many requests are sent in an hour, to all. Default 400.
	PerHour int
	// Tries is how often somebody is asked who cannot be reached. Default 8: about a
	// day and a half.
	Tries int
	// Most is how many accounts one job follows. Default 50,000. The rest is left out,
	// and the job's Trouble says so.
	Most int64
	// Batch is how many are asked in one step. Default 20.
	Batch int
	// Lease is how long a worker has a job. Default 5 minutes. One request must not take
	// longer.
	Lease time.Duration
	// Worker is the name of this process. Default a random one.
	Worker string
	// Now is the clock. Default time.Now.
	Now func() time.Time
}

// FollowStore is what a [FollowEngine] keeps its jobs in. Every [Store] is one.
type FollowStore interface {
	Journal
	Entries
}

// followHost is the host that a request to follow goes to, as far as the name says.
func followHost(target vocab.IRI) string {
	if handle, found := strings.CutPrefix(string(target), "acct:"); found {
		_, host, _ := strings.Cut(handle, "@")
		return strings.ToLower(host)
	}
	return target.Host()
}

// retryAfter is how long the other side has asked to be left alone.
func retryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*actor.FetchError](err); ok {
		return e.RetryAfter
	}
	if e, ok := errors.AsType[*actor.DeliveryError](err); ok {
		return e.RetryAfter
	}
	return 0
}

// lasts reports whether trying again cannot help.
func lasts(err error) bool {
	t, ok := errors.AsType[interface {
		error
		Temporary() bool
	}](err)
	return ok && !t.Temporary()
}
