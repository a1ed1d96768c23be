package fediverse

import (
	"context"
	"database/sql"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/redirect"
	"codeberg.org/godwit/godwit/vocab"
)

// restored puts around a handler what answers at the addresses of former software.
func (s *Server) restored(next http.Handler) (http.Handler, error) {
	return redirect.NewRouter(next, locator{s}, s.config.Base, s.config.Former, func(_ *http.Request, err error) { s.failed(err) })
}

type locator struct{ s *Server }

var _ redirect.Locator = locator{}

// Locate is [redirect.Locator.Locate].
func (l locator) Locate(ctx context.Context, _ redirect.Form, names []vocab.IRI) (redirect.Place, bool, error) {
	if l.s.formerly.empty() {
		return redirect.Place{}, false, nil
	}
	for _, name := range names {
		if at, known := l.s.formerly.at(name); known {
			return at.place, true, nil
		}
	}
	found, err := l.s.addressed(ctx, names)
	if err != nil || len(found) == 0 {
		return redirect.Place{}, false, err
	}
	return slices.MinFunc(found, func(a, b addressed) int {
		return slices.Index(names, a.address) - slices.Index(names, b.address)
	}).place(), true, nil
}

// addressed is something that stands at an address of former software.
type addressed struct {
	address   vocab.IRI
	kind, ref string
}

func (a addressed) place() redirect.Place {
	switch a.kind {
	case isFile:
		return redirect.Place{Path: "/media/" + a.ref}
	case isActivity:
		return redirect.Place{Path: "/restored?" + url.Values{"id": {a.ref}, "activity": {string(a.address)}}.Encode()}
	}
	return redirect.Place{Path: "/restored?" + url.Values{"id": {a.ref}}.Encode()}
}

// Kinds of addresses.
const (
	isPost     = "post"
	isActivity = "activity"
	isFile     = "file"
)

func (s *Server) addressed(ctx context.Context, names []vocab.IRI) ([]addressed, error) {
	var args []any
	for _, name := range append(slices.Clone(names), names...) {
		args = append(args, name)
	}
	marks := strings.TrimSuffix(strings.Repeat("?,", len(names)), ",")
	rows, err := s.db.QueryContext(ctx, `SELECT address, kind, ref FROM addresses WHERE address IN (`+marks+`)
		UNION ALL SELECT id, 'post', id FROM items WHERE id <> '' AND id IN (`+marks+`) AND account IN (SELECT account FROM adopted)`, args...)
	if err != nil {
		return nil, err
	}
	return scanAll(rows, func(r row) (a addressed, err error) { return a, r.Scan(&a.address, &a.kind, &a.ref) })
}

// note records the addresses at which an item stood, but for those that are others'.
func (b *Shelf) note(ctx context.Context, tx *sql.Tx, item portability.Item) error {
	all, err := b.addressesOf(ctx, tx, item)
	if err != nil {
		return err
	}
	for _, a := range all {
		if a.address.Origin() != b.server.config.Base || a.address == vocab.IRI(item.ID) {
			continue
		}
		owner, err := b.server.owner(ctx, tx, b.account, b.name, a.address)
		if err != nil {
			return err
		}
		if owner != "" && owner != b.account {
			continue
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO addresses VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`, a.address, b.account, a.kind, a.ref)
		if err != nil {
			return err
		}
	}
	return nil
}

// addressesOf returns those that an item says, and then all by which its software led to it.
func (b *Shelf) addressesOf(ctx context.Context, tx *sql.Tx, item portability.Item) ([]addressed, error) {
	var all []addressed
	if item.Activity != nil {
		all = append(all, addressed{item.Activity.ID(), isActivity, item.ID})
	}
	if item.Object != nil && item.Kind == portability.Content {
		for _, form := range redirect.Forms(b.server.config.Former, vocab.IRI(item.ID), item.Object.IRIs(vocab.URL)) {
			kind := isPost
			if strings.HasSuffix(string(form), "/activity") {
				kind = isActivity
			}
			all = append(all, addressed{form, kind, item.ID})
		}
	}
	digests, err := b.files(ctx, tx, item)
	for i, m := range item.Media {
		if err == nil && digests[i] != "" {
			all = append(all, addressed{b.absolute(m.URL), isFile, digests[i]})
		}
	}
	return all, err
}

// absolute is a file's address, of which takeouts have the path alone.
func (b *Shelf) absolute(u vocab.IRI) vocab.IRI {
	if strings.HasPrefix(string(u), "/") && !strings.HasPrefix(string(u), "//") {
		return vocab.IRI(b.server.config.Base) + u
	}
	return u
}

// restoredPost shows a post, or the activity that made it, to whom it is for: here, to
// everybody or nobody.
func (s *Server) restoredPost(w http.ResponseWriter, r *http.Request) {
	id, activity := r.FormValue("id"), vocab.IRI(r.FormValue("activity"))
	o, err := s.shown(r.Context(), id, activity)
	if err != nil {
		s.missing(w, err)
		return
	}
	w.Header().Set("Vary", "Accept")
	if wantsPage(r) {
		postPage(w, o)
		return
	}
	w.Header().Set("Content-Type", contentType)
	_, _ = w.Write(o.Bytes())
}

func (s *Server) shown(ctx context.Context, id string, activity vocab.IRI) (*vocab.Object, error) {
	var document []byte
	err := s.db.QueryRowContext(ctx, `SELECT document FROM items WHERE id = ?1 AND id <> '' AND audience IN (?2, ?3) AND NOT hidden
		AND (?4 = '' OR EXISTS (SELECT 1 FROM addresses WHERE address = ?4 AND kind = 'activity' AND ref = ?1))`,
		id, portability.ForPublic, portability.ForUnlisted, activity).Scan(&document)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNoAccount
	}
	if err != nil {
		return nil, err
	}
	o, err := vocab.ParseWith(document, &vocab.Limits{Bytes: 16 << 20, AllowDuplicateNames: true})
	if err != nil || activity == "" {
		return o, err
	}
	return created(activity, o)
}

// created is the activity that made a post.
func created(id vocab.IRI, o *vocab.Object) (*vocab.Object, error) {
	members := []vocab.Member{
		{Name: vocab.Context, Value: vocab.ContextFor(o, nil)},
		{Name: vocab.ID, Value: id},
		{Name: vocab.Type, Value: vocab.TypeCreate},
		{Name: vocab.Actor, Value: o.IRI(vocab.AttributedTo)},
		{Name: vocab.To, Value: o.IRIs(vocab.To)},
		{Name: vocab.CC, Value: o.IRIs(vocab.CC)},
		{Name: vocab.ObjectProperty, Value: o},
	}
	if at := o.Text(vocab.Published); at != "" {
		members = append(members, vocab.Member{Name: vocab.Published, Value: at})
	}
	return vocab.Build(members...)
}

var postTemplate = template.Must(template.New("post").Parse(`<!DOCTYPE html><html><head><meta charset="utf-8"><title>{{.Name}}</title></head>` +
	`<body><article><p>{{.Text}}</p><p><a href="{{.By}}">{{.By}}</a></p></article></body></html>`))

var tags = regexp.MustCompile(`<[^>]*>`)

// postPage shows a post to a person: its words alone, for its HTML came from elsewhere.
func postPage(w http.ResponseWriter, o *vocab.Object) {
	view := struct {
		Name, Text string
		By         vocab.IRI
	}{o.Text(vocab.Name), tags.ReplaceAllString(o.Text(vocab.Content), " "), o.IRI(vocab.AttributedTo)}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'")
	_ = postTemplate.Execute(w, view)
}

// Featured returns the ids of what an account has pinned.
func (s *Server) Featured(ctx context.Context, name string) ([]vocab.IRI, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT ref FROM items WHERE account = ? AND kind = ? AND ref IN
		(SELECT id FROM items WHERE audience IN (?, ?) AND NOT hidden) ORDER BY n`,
		s.idOf(name), portability.Featured, portability.ForPublic, portability.ForUnlisted)
	if err != nil {
		return nil, err
	}
	return scanAll(rows, func(r row) (id vocab.IRI, err error) { return id, r.Scan(&id) })
}
