package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/vocab"
	"codeberg.org/godwit/godwit/webfinger"
)

// results is what a stranger sees after the move: the "Results" of the SocialCG
// report on data portability, with numbers.
type results struct {
	OK       bool           `json:"ok"`
	Old      vocab.IRI      `json:"old"`
	New      vocab.IRI      `json:"new"`
	Before   int            `json:"followersBefore"`
	Moved    int            `json:"moved"`
	Pending  int            `json:"pending"`
	Kept     map[string]int `json:"kept"` // by reason
	Checks   []check        `json:"checks"`
	LookedUp *lookedUp      `json:"lookedUp,omitempty"`
}

type lookedUp struct {
	Found   int `json:"found"`
	Missing int `json:"missing"`
}

type check struct {
	What   string `json:"what"`
	Number string `json:"number"`
	OK     bool   `json:"ok"`
}

func (r *results) add(what string, ok bool, format string, args ...any) {
	r.Checks = append(r.Checks, check{What: what, Number: fmt.Sprintf(format, args...), OK: ok})
	r.OK = r.OK && ok
}

// A stranger reads what anybody may read.
type stranger struct {
	client *client.Client
	world  *world
}

// verify looks at everything over HTTP.
func (w *world) verify(ctx context.Context) (results, error) {
	s := stranger{world: w, client: client.New(&client.Options{Trusted: w.addresses[:], CacheFor: -1})}
	defer s.client.CloseIdleConnections()
	r := results{OK: true, Old: w.from, New: w.to, Before: len(w.followers), Kept: map[string]int{}}
	for _, look := range []func(context.Context, *results) error{s.profile, s.fates, s.subsets, s.brought, s.copied, s.led} {
		if err := look(ctx, &r); err != nil {
			return r, fmt.Errorf("verify: %w", err)
		}
	}
	if w.options.network && w.options.following != "" {
		found, missing, err := lookUp(ctx, w.options.following)
		if err != nil {
			return r, err
		}
		r.LookedUp = &lookedUp{found, missing}
	}
	return r, nil
}

// profile: the old account leads to the new one, for people, servers and
// WebFinger.
func (s stranger) profile(ctx context.Context, r *results) error {
	w := s.world
	old, err := s.client.Fetch(ctx, w.from)
	if err != nil {
		return err
	}
	new, err := s.client.Fetch(ctx, w.to)
	if err != nil {
		return err
	}
	standing := actor.StandingOf(old)
	r.add("the old account's document names the new one, which claims it", standing.MovedTo == w.to && actor.Claims(new, w.from), "%s", standing.State)
	to, err := s.page(ctx)
	if err != nil {
		return err
	}
	r.add("the old profile page leads to the new account", to == string(w.to), "301")
	account, err := webfinger.Lookup(ctx, s.client, "alice@"+w.addresses[oldHost], &webfinger.Options{Trusted: w.addresses[:]})
	answers := err == nil && slices.Contains(account.Actors, string(w.from))
	r.add("the old handle still answers", answers, "200")
	return nil
}

// page returns where a browser is sent from the old profile.
func (s stranger) page(ctx context.Context) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, string(s.world.from), nil)
	if err != nil {
		return "", err
	}
	request.Header.Set("Accept", "text/html")
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := browser.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusMovedPermanently {
		return "", nil
	}
	return response.Header.Get("Location"), nil
}

// list reads a collection of an account.
func (s stranger) list(ctx context.Context, of vocab.IRI, name string) (map[vocab.IRI]bool, error) {
	collection, err := s.client.Fetch(ctx, of+"/"+vocab.IRI(name))
	if err != nil {
		return nil, err
	}
	return set(collection.IRIs(vocab.OrderedItems)), nil
}

// fates: each follower is where the scenario wants them, and nowhere else.
func (s stranger) fates(ctx context.Context, r *results) error {
	left, err := s.list(ctx, s.world.from, "followers")
	if err != nil {
		return err
	}
	arrived, err := s.list(ctx, s.world.to, "followers")
	if err != nil {
		return err
	}
	waiting, err := s.world.servers[newHost].Requests(ctx, "alice")
	if err != nil {
		return err
	}
	asks, lost, both, wrong, held := set(waiting), 0, 0, 0, 0
	for _, f := range s.world.followers {
		following, err := s.list(ctx, f.id, "following")
		if err != nil {
			return err
		}
		is, reason, err := s.fate(ctx, f, left[f.id], arrived[f.id], asks[f.id])
		if err != nil {
			return err
		}
		switch is {
		case moved:
			r.Moved++
		case pending:
			r.Pending++
		case kept:
			r.Kept[reason]++
		}
		lost += count(!left[f.id] && !arrived[f.id])
		both += count(left[f.id] && arrived[f.id])
		wrong += count(is != f.want || reason != f.reason)
		held += count(following[s.world.to] == arrived[f.id] && following[s.world.from] == left[f.id])
	}
	stay := r.Pending
	for _, n := range r.Kept {
		stay += n
	}
	r.add("every follower is moved, pending, or kept with a reason", r.Moved+stay == r.Before && wrong == 0, "%d + %d + %d", r.Moved, r.Pending, stay-r.Pending)
	r.add("nobody is in neither list", lost == 0, "%d", lost)
	r.add("nobody is in both lists", both == 0, "%d", both)
	r.add("the old followers are those pending or kept", len(left) == stay, "%d", len(left))
	r.add("each follower's own following list says the same", held == r.Before, "%d of %d", held, r.Before)
	return nil
}

// fate is where one follower is, and why. The reason is what their server told
// them.
func (s stranger) fate(ctx context.Context, f follower, left, arrived, asks bool) (fate, string, error) {
	switch {
	case arrived && !left:
		return moved, "", nil
	case left && asks:
		return pending, "", nil
	case !left:
		return "", "", nil
	}
	notices, err := s.world.servers[f.host].Notices(ctx, f.name)
	if err != nil || len(notices) == 0 {
		return kept, "no reason", err
	}
	return kept, string(notices[len(notices)-1].Reason), nil
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

// subsets: the new account has nobody that the old one had not.
func (s stranger) subsets(ctx context.Context, r *results) error {
	arrived, err := s.list(ctx, s.world.to, "followers")
	if err != nil {
		return err
	}
	strangers := 0
	had := map[vocab.IRI]bool{}
	for _, f := range s.world.followers {
		had[f.id] = true
	}
	for id := range arrived {
		strangers += count(!had[id])
	}
	r.add("followers of new ⊆ followers of old", strangers == 0 && len(arrived) > 0, "%d ⊆ %d", len(arrived), len(had))
	followed, err := s.list(ctx, s.world.from, "following")
	if err != nil {
		return err
	}
	taken, err := s.list(ctx, s.world.to, "following")
	if err != nil {
		return err
	}
	strangers = 0
	for id := range taken {
		strangers += count(!followed[id])
	}
	r.add("following of new ⊆ following of old", strangers == 0 && len(taken) == len(s.world.following), "%d ⊆ %d", len(taken), len(followed))
	return nil
}

// print writes the table, or JSON.
func (r results) print(to io.Writer, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(to)
		encoder.SetIndent("", "  ")
		return encoder.Encode(r)
	}
	var out strings.Builder
	fmt.Fprintf(&out, "\n%s\n  moved to %s\n\n", r.Old, r.New)
	for _, c := range r.Checks {
		mark := "ok"
		if !c.OK {
			mark = "NO"
		}
		fmt.Fprintf(&out, "  %-2s  %-62s %s\n", mark, c.What, c.Number)
	}
	fmt.Fprintf(&out, "\n  followers before  %3d\n  moved             %3d\n  pending           %3d\n", r.Before, r.Moved, r.Pending)
	for _, reason := range slices.Sorted(maps.Keys(r.Kept)) {
		fmt.Fprintf(&out, "  kept, %-11s %3d\n", reason, r.Kept[reason])
	}
	if r.LookedUp != nil {
		fmt.Fprintf(&out, "\n  of the following list, %d accounts answer on the network and %d do not\n", r.LookedUp.Found, r.LookedUp.Missing)
	}
	_, err := io.WriteString(to, out.String())
	return err
}
