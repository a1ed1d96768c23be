package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
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
// and every other tells what one tells that never was. Which are for everybody, the
// account's own documents say, and not what a server has made of them.
func (s stranger) led(ctx context.Context, r *results) error {
	have, shelf, err := s.world.old(ctx)
	if err != nil {
		return err
	}
	defer have.close()
	told, err := sourcePosts(ctx, have, shelf)
	if err != nil {
		return err
	}
	public := map[vocab.IRI]bool{}
	for id, post := range told {
		if post.public {
			public[vocab.IRI(id)] = true
		}
	}
	if err := s.posts(ctx, r, shelf, told, len(public)); err != nil {
		return err
	}
	if err := s.files(ctx, r, shelf, told); err != nil {
		return err
	}
	return s.published(ctx, r, public)
}

// posts follows the link of each post.
func (s stranger) posts(ctx context.Context, r *results, shelf *fediverse.Shelf, told sourceList, public int) error {
	listed, err := s.list(ctx, s.world.from, "outbox")
	if err != nil {
		return err
	}
	var same, pages, hidden, tell int
	for post, err := range shelf.Items(ctx, portability.Content, "") {
		if err != nil {
			return err
		}
		if !told[post.ID].public {
			hidden++
			tells, err := s.tells(ctx, post.ID)
			if err != nil {
				return err
			}
			tell += count(tells || listed[vocab.IRI(post.ID)])
			continue
		}
		ok, err := s.leads(ctx, post, told[post.ID].files)
		if err != nil {
			return err
		}
		same += count(ok && listed[vocab.IRI(post.ID)])
		page, err := s.follow(ctx, post.ID, "text/html")
		if err != nil {
			return err
		}
		pages += count(page.led && page.status == http.StatusOK)
	}
	r.add("old links lead to the same post at the new place", same == public && same > 0, "%d of %d", same, public)
	r.add("and so they do in a browser", pages == public, "%d of %d", pages, public)
	r.add("other old links tell what one tells that never was", tell == 0 && public+hidden == len(told), "%d hidden", hidden)
	return nil
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

// leads reports whether an old link leads to the same post at the new place.
func (s stranger) leads(ctx context.Context, post portability.Item, files []string) (bool, error) {
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
	return s.sameFiles(ctx, post, files, there)
}

var links = regexp.MustCompile(`href="[^"]*"`)

// words are a post's text in every language, but for where its links lead.
func words(o *vocab.Object) string {
	text := o.Text(vocab.Content) + o.Text(vocab.Summary) + o.Get("contentMap").String()
	return links.ReplaceAllString(strings.ReplaceAll(text, `\"`, `"`), "href")
}

// sameFiles reports whether a post's files are those that the archive has of the old
// one, byte for byte.
func (s stranger) sameFiles(ctx context.Context, old portability.Item, files []string, there *vocab.Object) (bool, error) {
	attached := there.Children(vocab.Attachment)
	if len(attached) != len(old.Object.Children(vocab.Attachment)) {
		return false, nil
	}
	want := map[string]bool{}
	for _, digest := range files {
		want[digest] = true
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

// files: old addresses of files that are shown lead to the same bytes, and those of
// files that only hidden posts have tell nothing.
func (s stranger) files(ctx context.Context, r *results, shelf *fediverse.Shelf, told sourceList) error {
	shown, hidden := told.shown(), told.hidden()
	asked, same, tell := map[string]bool{}, 0, 0
	for post, err := range shelf.Items(ctx, portability.Content, "") {
		if err != nil {
			return err
		}
		for _, m := range post.Media {
			if asked[m.Digest] {
				continue
			}
			asked[m.Digest] = true
			if !shown[m.Digest] {
				tells, err := s.tells(ctx, string(m.URL))
				if err != nil {
					return err
				}
				tell += count(tells)
				continue
			}
			v, err := s.follow(ctx, string(m.URL), "*/*")
			if err != nil {
				return err
			}
			sum := sha256.Sum256(v.body)
			same += count(v.led && hex.EncodeToString(sum[:]) == m.Digest)
		}
	}
	brought, err := s.world.filesBrought()
	if err != nil {
		return err
	}
	whole := len(asked) == len(shown)+len(hidden) && (len(asked) > 0 || brought == 0)
	r.add("old addresses of files lead to the same bytes", same == len(shown) && whole, "%d of %d", same, len(shown))
	r.add("and those of files that only hidden posts have tell nothing", tell == 0 && whole, "%d hidden", len(hidden))
	return nil
}

// filesBrought is how many files the archive had when it was brought.
func (w *world) filesBrought() (int64, error) {
	text, err := os.ReadFile(filepath.Join(w.options.dir, "brought.json"))
	if err != nil {
		return 0, err
	}
	var report portability.Report
	err = json.Unmarshal(text, &report)
	return report.Files, err
}
