package webfinger

import (
	"context"
	"maps"
	"slices"
	"strings"
)

// Domains lets the owner of a domain, or of many, name actors elsewhere: by
// host (in lower case, with a port unless that is 443), and under it by user
// name. It is a table that must not change while it is in use.
//
//	webfinger.Domains{"alice.example": {"*": {Actor: "https://social.example/users/alice", …}}}
type Domains map[string]Names

// Names is what one domain answers for. Users are found without regard to
// case; "*" stands for every name that is not listed.
type Names map[string]Target

// A Target is the actor that a name stands for.
type Target struct {
	// Actor is the actor's id. Required.
	Actor string
	// Handle is the name under which the actor's own server knows it. It
	// becomes the subject of the answer, and others then ask that server to
	// confirm it and show that handle. Zero means that the name on this domain
	// is the one to show: the actor's server must then know of it (FEP-2c59),
	// or Mastodon shows another.
	Handle Handle
	// Profile is the page for people; "" means none.
	Profile string
	// URLs are further addresses that lead to the actor when they are asked
	// for, such as the domain's own front page.
	URLs []string
}

var _ Finder = Domains(nil)

// Find answers for the handles in the table, and for the URLs of its targets.
func (d Domains) Find(_ context.Context, r Resource) (*JRD, error) {
	if r.URL != "" {
		return d.findURL(r.URL)
	}
	names := d[r.Handle.Host]
	target, found := names.named(r.Handle.User)
	if !found {
		return nil, ErrNotFound
	}
	if target.Handle.IsZero() {
		target.Handle = r.Handle
	}
	return Describe(target.Handle, target.Actor, target.Profile), nil
}

func (d Domains) findURL(url string) (*JRD, error) {
	for _, host := range slices.Sorted(maps.Keys(d)) {
		for _, user := range slices.Sorted(maps.Keys(d[host])) {
			t := d[host][user]
			if url != t.Actor && url != t.Profile && !slices.Contains(t.URLs, url) {
				continue
			}
			if t.Handle.IsZero() && user != "*" {
				t.Handle = Handle{User: user, Host: host}
			}
			return Describe(t.Handle, t.Actor, t.Profile), nil
		}
	}
	return nil, ErrNotFound
}

func (n Names) named(user string) (Target, bool) {
	for name, t := range n {
		if strings.EqualFold(name, user) {
			return t, true
		}
	}
	t, found := n["*"]
	return t, found
}
