package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/internal/fediverse"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/redirect"
	"codeberg.org/godwit/godwit/vocab"
)

// copied: the copy is whole, and nobody was told of it.
func (s stranger) copied(ctx context.Context, r *results) error {
	report, err := s.world.engine(nil).Report(ctx, job)
	if err != nil {
		return err
	}
	put := report.Count(portability.Content, portability.Copied, portability.Changed, portability.Skipped)
	r.add("the copy is whole, so that the Move may go", report.Ready() == nil, "%d posts, %d files", put, report.Files)
	before, err := s.world.number("before-the-copy.json")
	if err != nil {
		return err
	}
	after, err := s.world.number("after-the-copy.json")
	if err != nil {
		return err
	}
	r.add("nobody was told anything by the copy", before == after, "%d", after-before)
	return nil
}

// number reads a number that was noted.
func (w *world) number(name string) (n int, err error) {
	text, err := os.ReadFile(filepath.Join(w.options.dir, name))
	if err != nil {
		return 0, err
	}
	return n, json.Unmarshal(text, &n)
}

// led: every old link to a post for everybody leads to the same post at the new place,
// and every other tells what one tells that never was.
func (s stranger) led(ctx context.Context, r *results) error {
	have, shelf, err := s.world.old(ctx)
	if err != nil {
		return err
	}
	defer have.close()
	public, err := s.list(ctx, s.world.from, "outbox")
	if err != nil {
		return err
	}
	var same, pages, hidden, told int
	for post, err := range shelf.Items(ctx, portability.Content, "") {
		if err != nil {
			return err
		}
		if !public[vocab.IRI(post.ID)] {
			hidden++
			tells, err := s.tells(ctx, post.ID)
			if err != nil {
				return err
			}
			told += count(tells)
			continue
		}
		ok, err := s.leads(ctx, post)
		if err != nil {
			return err
		}
		same += count(ok)
		page, err := s.follow(ctx, post.ID, "text/html")
		if err != nil {
			return err
		}
		pages += count(page.led && page.status == http.StatusOK)
	}
	r.add("old links lead to the same post at the new place", same == len(public) && same > 0, "%d of %d", same, len(public))
	r.add("and so they do in a browser", pages == len(public), "%d of %d", pages, len(public))
	r.add("other old links tell what one tells that never was", told == 0, "%d hidden", hidden)
	if err := s.files(ctx, r, shelf); err != nil {
		return err
	}
	return s.published(ctx, r, public)
}

// published: the new account says where each post went, and a third server that checks
// what it says believes it.
func (s stranger) published(ctx context.Context, r *results, public map[vocab.IRI]bool) error {
	new, err := s.client.FetchFresh(ctx, s.world.to)
	if err != nil {
		return err
	}
	checker := redirect.Checker{Fetcher: s.client, Keys: actor.NewKeyMemory(), Holding: seen{s.world.from, public}}
	believed, all := 0, 0
	for e, err := range checker.CheckAll(ctx, new, s.world.from, nil) {
		if err != nil {
			return err
		}
		if public[e.Old] {
			believed += count(e.Reason == "")
			all++
		}
	}
	r.add("the new account publishes where each went, provably (FEP-1580)", believed == len(public) && all == believed, "%d of %d", believed, len(public))
	return nil
}

// seen is what a server holds that has seen an account's posts.
type seen struct {
	author vocab.IRI
	posts  map[vocab.IRI]bool
}

// AttributedTo implements redirect.Holding.
func (s seen) AttributedTo(_ context.Context, id vocab.IRI) (vocab.IRI, bool, error) {
	return s.author, s.posts[id], nil
}

// A visit is what became of following a link.
type visit struct {
	led    bool // by 301, to the new server
	status int  // at the end
	body   []byte
	first  string // the first answer, without the link's own name
}

var browser = http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// follow opens a link and goes where it leads, four steps at most.
func (s stranger) follow(ctx context.Context, link, accept string) (visit, error) {
	var v visit
	at := link
	for range 5 {
		response, err := s.open(ctx, at, accept)
		if err != nil {
			return v, err
		}
		v.body, err = io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil {
			return v, err
		}
		v.status = response.StatusCode
		to := response.Header.Get("Location")
		if at == link {
			v.first = firstAnswer(response, v.body, link)
			v.led = v.status == http.StatusMovedPermanently && vocab.SameOrigin(vocab.IRI(to), s.world.to)
		}
		if to == "" {
			break
		}
		at = to
	}
	return v, nil
}

func (s stranger) open(ctx context.Context, url, accept string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", accept)
	return browser.Do(request)
}

// firstAnswer is an answer without what names the link and the moment.
func firstAnswer(response *http.Response, body []byte, link string) string {
	name := link[strings.LastIndex(link, "/")+1:]
	header := response.Header.Clone()
	header.Del("Date")
	text, _ := json.Marshal(header) // a map of strings
	return strings.ReplaceAll(response.Status+string(text)+string(body), name, "NAME")
}

const activityJSON = `application/ld+json; profile="https://www.w3.org/ns/activitystreams"`

// leads reports whether an old link leads to the same post at the new place.
func (s stranger) leads(ctx context.Context, post portability.Item) (bool, error) {
	v, err := s.follow(ctx, post.ID, activityJSON)
	if err != nil || !v.led || v.status != http.StatusOK {
		return false, err
	}
	there, err := vocab.Parse(v.body)
	if err != nil {
		return false, nil
	}
	old := post.Object
	same := old.Type() == there.Type() && words(old) == words(there) &&
		old.Text(vocab.Published) == there.Text(vocab.Published) &&
		there.IRI(vocab.AttributedTo) == s.world.to && there.ContextKind() == vocab.ContextPlain
	if !same {
		return false, nil
	}
	return s.sameFiles(ctx, post, there)
}

var links = regexp.MustCompile(`href="[^"]*"`)

// words are a post's text in every language, but for where its links lead.
func words(o *vocab.Object) string {
	text := o.Text(vocab.Content) + o.Text(vocab.Summary) + o.Get("contentMap").String()
	return links.ReplaceAllString(strings.ReplaceAll(text, `\"`, `"`), "href")
}

// sameFiles reports whether a post's files are those of the old one, byte for byte.
func (s stranger) sameFiles(ctx context.Context, old portability.Item, there *vocab.Object) (bool, error) {
	attached := there.Children(vocab.Attachment)
	if len(attached) != len(old.Object.Children(vocab.Attachment)) {
		return false, nil
	}
	want := map[string]bool{}
	for _, m := range old.Media {
		want[m.Digest] = true
	}
	for _, a := range attached {
		url := a.IRI(vocab.URL)
		if !vocab.SameOrigin(url, s.world.to) {
			continue // it was nowhere in the archive, and stays where it is
		}
		v, err := s.follow(ctx, string(url), "*/*")
		if err != nil {
			return false, err
		}
		sum := sha256.Sum256(v.body)
		delete(want, hex.EncodeToString(sum[:]))
	}
	return len(want) == 0, nil
}

// tells reports whether an old link tells anything that one does not that never was.
func (s stranger) tells(ctx context.Context, link string) (bool, error) {
	never := link[:strings.LastIndex(link, "/")+1] + strings.Repeat("0", 16)
	for _, accept := range []string{activityJSON, "text/html"} {
		this, err := s.follow(ctx, link, accept)
		if err != nil {
			return false, err
		}
		other, err := s.follow(ctx, never, accept)
		if err != nil {
			return false, err
		}
		if this.first != other.first || this.status != other.status || string(this.body) != string(other.body) || this.status == http.StatusOK {
			return true, nil
		}
	}
	return false, nil
}

// files: old addresses of files that are shown lead to the same bytes.
func (s stranger) files(ctx context.Context, r *results, shelf *fediverse.Shelf) error {
	public, err := s.list(ctx, s.world.from, "outbox")
	if err != nil {
		return err
	}
	same, all := 0, map[string]bool{}
	for post, err := range shelf.Items(ctx, portability.Content, "") {
		if err != nil {
			return err
		}
		for _, m := range post.Media {
			if !public[vocab.IRI(post.ID)] || all[m.Digest] {
				continue
			}
			all[m.Digest] = true
			v, err := s.follow(ctx, string(m.URL), "*/*")
			if err != nil {
				return err
			}
			sum := sha256.Sum256(v.body)
			same += count(v.led && hex.EncodeToString(sum[:]) == m.Digest)
		}
	}
	r.add("old addresses of files lead to the same bytes", same == len(all), "%d of %d", same, len(all))
	return nil
}
