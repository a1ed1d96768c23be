package site

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"golang.org/x/sync/errgroup"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// An end is how an item ended, as the spool remembers it.
type end byte

const (
	copied       end = 'c'
	missingMedia end = 'm'
	badMedia     end = 'd'
	noPlaceMedia end = 's'
	noPlace      end = 'n'
	noAudience   end = 'u'
	notOwn       end = 'o'
)

func (e end) result() (portability.State, portability.Reason) {
	switch e {
	case missingMedia:
		return portability.Changed, portability.MissingMedia
	case badMedia:
		return portability.Changed, portability.BadMedia
	case noPlaceMedia:
		return portability.Changed, portability.NoPlace
	case noPlace:
		return portability.Skipped, portability.NoPlace
	case noAudience:
		return portability.Skipped, portability.NoAudience
	case notOwn:
		return portability.Skipped, portability.NotOwn
	}
	return portability.Copied, ""
}

// stored reports whether the item is in the site.
func (e end) stored() bool {
	return e == copied || e == missingMedia || e == badMedia || e == noPlaceMedia
}

// open reads what was put before, and begins the spool if nothing was.
func (s *Site) open() error {
	index, err := newNames(s.folder)
	if err != nil {
		return err
	}
	begun := false
	s.spool, err = openSpool(filepath.Join(s.work, "items"), func(h head, document []byte) error {
		if !begun {
			begun = true
			return s.sameOptions(document)
		}
		return s.recall(index, h, document)
	})
	if err != nil {
		return errors.Join(err, index.close())
	}
	s.spool.names = index
	if begun {
		return nil
	}
	line, err := appendLine(nil, head{mark: markOptions, end: copied}, s.signature())
	if err != nil {
		return err
	}
	return s.spool.write(line)
}

// signature is what must be the same for a site to be continued.
func (s *Site) signature() any { return []any{"godwit site 2", s.options} }

func (s *Site) sameOptions(document []byte) error {
	mine, err := json.Marshal(s.signature())
	if err != nil {
		return err
	}
	if string(mine) != string(document) {
		return ErrUnfinished
	}
	return nil
}

// recall takes up one line of the spool.
func (s *Site) recall(index *names, h head, document []byte) error {
	switch h.mark {
	case markMedia:
		var f file
		if err := decode(document, &f); err != nil {
			return err
		}
		return index.put(h.ref, f.pack())
	case markActor:
		if err := decode(document, &s.profile); err != nil {
			return err
		}
	case markPost:
		var p struct {
			Path string `json:"path"`
		}
		if err := decode(document, &p); err != nil {
			return err
		}
		if err := index.put(pathKey(p.Path), h.ref[:]); err != nil {
			return err
		}
	}
	return index.put(h.ref, append(h.content[:], byte(h.end)))
}

func pathKey(path string) key { return keyOf("path", strings.ToLower(path)) }

// Put implements [portability.Sink]. The place of the items that it takes is told
// in URLs: below BaseURL, or from the top of the site.
func (s *Site) Put(ctx context.Context, items []portability.Item) ([]portability.Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("put items: %w", err)
	}
	results := make([]portability.Result, 0, len(items))
	for len(items) > 0 {
		n := segment(items)
		some, err := s.putSome(ctx, items[:n])
		if err != nil {
			return nil, fmt.Errorf("put items: %w", err)
		}
		results = append(results, some...)
		items = items[n:]
	}
	return results, nil
}

// segment is how many items can be judged at once: up to the actor, by which
// all that follow are judged.
func segment(items []portability.Item) int {
	if i := slices.IndexFunc(items, func(one portability.Item) bool { return one.Kind == portability.Actor }); i >= 0 {
		return i + 1
	}
	return len(items)
}

func (s *Site) putSome(ctx context.Context, items []portability.Item) ([]portability.Result, error) {
	prepared, err := s.prepareAll(ctx, items)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.spool == nil {
		return nil, ErrFinished
	}
	return s.store(items, prepared)
}

// prepareAll does what takes time, for several items at once.
func (s *Site) prepareAll(ctx context.Context, items []portability.Item) ([]prepared, error) {
	all := make([]prepared, len(items))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	const share = 16
	for from := 0; from < len(items); from += share {
		group.Go(func() error {
			for i := from; i < min(from+share, len(items)); i++ {
				if err := ctx.Err(); err != nil {
					return err
				}
				var err error
				if all[i], err = s.prepare(items[i]); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return all, group.Wait()
}

// store writes a batch in one go, so that it is whole or can be put again.
func (s *Site) store(items []portability.Item, all []prepared) ([]portability.Result, error) {
	results := make([]portability.Result, len(items))
	var lines []byte
	batch := batch{names: map[key][]byte{}}
	for i, item := range items {
		var err error
		if results[i], lines, err = s.one(item, all[i], &batch, lines); err != nil {
			return nil, err
		}
	}
	if err := s.spool.write(lines); err != nil {
		return nil, err
	}
	for k, value := range batch.names {
		if err := s.spool.names.put(k, value); err != nil {
			return nil, err
		}
	}
	if batch.profile != nil {
		s.profile = *batch.profile
	}
	return results, nil
}

// A batch is what becomes known when the lines are written, and not before.
type batch struct {
	names   map[key][]byte
	profile *profile
}

func (s *Site) look(b *batch, k key) ([]byte, bool, error) {
	if value, ok := b.names[k]; ok {
		return value, true, nil
	}
	return s.spool.names.get(k)
}

// one decides how an item ends, and adds its line.
func (s *Site) one(item portability.Item, p prepared, b *batch, lines []byte) (portability.Result, []byte, error) {
	result := portability.Result{Ref: item.Ref, State: p.state, Reason: p.reason}
	if p.state != "" {
		return result, lines, nil
	}
	before, there, err := s.look(b, p.ref)
	if err != nil {
		return result, nil, err
	}
	if there {
		s.again(&result, p, before)
		if p.post != nil && end(before[16]).stored() {
			err = s.place(p, b)
			result.URLs = s.urls(p.post.Path)
		}
		return result, lines, err
	}
	if p.post != nil {
		if err := s.place(p, b); err != nil {
			return result, nil, err
		}
		result.URLs = s.urls(p.post.Path)
		b.names[pathKey(p.post.Path)] = p.ref[:]
	}
	if p.mark == markActor {
		b.profile = p.document.(*profile)
	}
	result.State, result.Reason = p.end.result()
	b.names[p.ref] = append(p.content[:], byte(p.end))
	lines, err = appendLine(lines, head{p.mark, p.ref, p.content, p.end}, p.document)
	return result, lines, err
}

// again is the end of an item that was put before.
func (s *Site) again(result *portability.Result, p prepared, before []byte) {
	ended := end(before[16])
	switch same := string(before[:16]) == string(p.content[:]); {
	case !same:
		result.State, result.Reason = portability.Conflicting, portability.Differs
	case ended.stored():
		result.State, result.Reason = portability.Skipped, portability.AlreadyThere
	default:
		result.State, result.Reason = ended.result()
	}
}

// place settles where the page of a post stands. The first to keep a path has it.
func (s *Site) place(p prepared, b *batch) error {
	p.post.Path = postPath(p.post.ID, p.post.Published)
	if !s.options.KeepPaths {
		return nil
	}
	kept, ok := keptPath(vocab.IRI(p.post.URL), s.host())
	if !ok {
		return nil
	}
	owner, taken, err := s.look(b, pathKey(kept))
	if err == nil && (!taken || string(owner[:len(p.ref)]) == string(p.ref[:])) {
		p.post.Path = kept
	}
	return err
}

// host is the old server's, whose paths are kept.
func (s *Site) host() string {
	if s.profile.Host != "" {
		return s.profile.Host
	}
	return vocab.IRI(s.options.BaseURL).Host()
}

func (s *Site) urls(path string) []vocab.IRI {
	return []vocab.IRI{vocab.IRI(s.options.BaseURL + address(path))}
}

// contentKey is the same for documents that say the same (RFC 8785).
func contentKey(item portability.Item) key {
	o := item.Object
	if o == nil {
		sum := sha256.Sum256(append([]byte("raw "), item.Raw...))
		return key(sum[:16])
	}
	if canonical, err := actor.Canonical(o.Bytes()); err == nil {
		sum := sha256.Sum256(canonical)
		return key(sum[:16])
	}
	sum := sha256.Sum256(o.Bytes())
	return key(sum[:16])
}

func refKey(ref portability.Ref) key { return keyOf("ref "+string(ref.Kind), ref.ID) }

// held reports whether pages show anything of a kind.
func held(k portability.Kind) bool { return slices.Contains(kinds, k) }
