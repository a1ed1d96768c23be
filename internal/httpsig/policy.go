package httpsig

import "time"

// A Policy adjusts [Parse]. A nil *Policy is the same as a zero one.
type Policy struct {
	// Origin is the origin under which the world knows this server, such as
	// https://peer.example, in lower case, without a default port and without
	// a slash at the end. If it is set, a signature over another host does not
	// verify, whatever the Host header says. Empty: the Host header is
	// believed, and both https and http are tried for @target-uri and @scheme.
	// X-Forwarded-* is never read.
	Origin string
	// Clock tells the time. Default [time.Now].
	Clock func() time.Time
	// CavageAge and CavageAhead bound the Date or (created) of draft-cavage.
	// Default 65 minutes back and 1 hour ahead, as Mastodon has it.
	CavageAge, CavageAhead time.Duration
	// Age and Ahead bound created of RFC 9421. Default 1 hour back and 1
	// minute ahead.
	Age, Ahead time.Duration
	// FirstAcceptable takes, of several signatures, the first that passes all
	// checks but the key. Default: several are refused as [Ambiguous].
	FirstAcceptable bool
	// Cover names further header fields or components that must be covered,
	// in lower case, beside those that always must: (request-target), host,
	// date or (created), and digest if there is a body; under RFC 9421
	// @method, @target-uri, and content-digest if there is a body.
	Cover []string
}

func (p *Policy) orDefault() Policy {
	var policy Policy
	if p != nil {
		policy = *p
	}
	if policy.Clock == nil {
		policy.Clock = time.Now
	}
	policy.CavageAge = orDefault(policy.CavageAge, 65*time.Minute)
	policy.CavageAhead = orDefault(policy.CavageAhead, time.Hour)
	policy.Age = orDefault(policy.Age, time.Hour)
	policy.Ahead = orDefault(policy.Ahead, time.Minute)
	return policy
}

func orDefault(d, zeroMeans time.Duration) time.Duration {
	if d == 0 {
		return zeroMeans
	}
	return d
}

// A window is the span of time in which a signature is good.
type window struct {
	now        time.Time
	age, ahead time.Duration
}

// check judges when a signature says it was made and when it ends; a zero
// expires means that it does not say.
func (w window) check(made, expires time.Time) error {
	switch {
	case made.Before(w.now.Add(-w.age)):
		return refuse(Stale, "it was made more than %v ago", w.age)
	case made.After(w.now.Add(w.ahead)):
		return refuse(Stale, "it was made more than %v from now", w.ahead)
	case !expires.IsZero() && w.now.After(expires):
		return refuse(Stale, "it has expired")
	}
	return nil
}
