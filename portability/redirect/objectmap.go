package redirect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// ErrNoPage is returned for pages that an object map does not have.
var ErrNoPage = errors.New("the object map has no such page")

// ObjectMapOptions says what an [ObjectMap] is of.
type ObjectMapOptions struct {
	// ID is the address of the collection, on the origin of the new actor. Required. Pages
	// are at ID with "?page=1" and so on.
	ID vocab.IRI
	// New is the new actor, whose map it is. Required.
	New vocab.IRI
	// Old is the source actor, "" for every actor that came to New.
	Old vocab.IRI
	// PerPage is how many entries a page has; 100 for 0.
	PerPage int
	// Unfinished: the copy goes on, and migrationComplete is not yet said.
	Unfinished bool
}

// An ObjectMap is what a new server publishes of a URI map (FEP-1580): a collection of
// Moves, paged, what was copied last first. Only what is for everybody is in it. It shows
// what the map said when it was made, less what was taken back since; it is made anew when
// more has come.
//
// It is to be published after the actor's own Move is verified.
type ObjectMap struct {
	finder Finder
	o      ObjectMapOptions
	order  []placed
}

// A placed is one entry: what else is to be said is read when its page is asked for.
type placed struct {
	at  time.Time
	old vocab.IRI
}

var _ http.Handler = (*ObjectMap)(nil)

// NewObjectMap reads which entries there are. It holds their old ids and dates in memory.
func NewObjectMap(ctx context.Context, m portability.URIMap, o *ObjectMapOptions) (*ObjectMap, error) {
	if o == nil || !vocab.SameOrigin(o.ID, o.New) {
		return nil, fmt.Errorf("object map: it needs an address on the origin of its actor")
	}
	om := &ObjectMap{finder: m, o: *o}
	if om.o.PerPage <= 0 {
		om.o.PerPage = 100
	}
	for mapping, err := range m.Mappings(ctx, o.Old, "") {
		if err != nil {
			return nil, fmt.Errorf("object map: %w", err)
		}
		if om.shows(mapping) {
			om.order = append(om.order, placed{mapping.At, mapping.Old})
		}
	}
	slices.SortFunc(om.order, func(a, b placed) int {
		return cmp.Or(b.at.Compare(a.at), cmp.Compare(a.old, b.old))
	})
	return om, nil
}

// shows reports whether a mapping is an entry: ids only, for FEP-1580 is about objects.
func (m *ObjectMap) shows(mapping portability.Mapping) bool {
	return mapping.Old == mapping.ID && mapping.To == m.o.New && mapping.Seen() &&
		(mapping.Kind == portability.Content || mapping.Kind == portability.Outbox)
}

// pages is how many there are.
func (m *ObjectMap) pages() int { return (len(m.order) + m.o.PerPage - 1) / m.o.PerPage }

func (m *ObjectMap) page(n int) vocab.IRI {
	return m.o.ID + "?page=" + vocab.IRI(strconv.Itoa(n))
}

// Collection returns the map itself, which says how many entries there are, and where
// they begin. An empty one is published, too.
func (m *ObjectMap) Collection() (*vocab.Object, error) {
	members := []vocab.Member{
		{Name: vocab.ID, Value: m.o.ID}, {Name: vocab.Type, Value: vocab.TypeOrderedCollection},
		{Name: vocab.AttributedTo, Value: m.o.New}, {Name: vocab.TotalItems, Value: len(m.order)},
		{Name: vocab.MigrationComplete, Value: !m.o.Unfinished},
	}
	if len(m.order) == 0 {
		members = append(members, vocab.Member{Name: vocab.OrderedItems, Value: []string{}})
	} else {
		members = append(members, vocab.Member{Name: vocab.First, Value: m.page(1)}, vocab.Member{Name: vocab.Last, Value: m.page(m.pages())})
	}
	return withContext(members)
}

func withContext(members []vocab.Member) (*vocab.Object, error) {
	o, err := vocab.Build(members...)
	if err != nil {
		return nil, fmt.Errorf("object map: %w", err)
	}
	return vocab.Build(append([]vocab.Member{{Name: vocab.Context, Value: vocab.ContextFor(o, nil)}}, members...)...)
}

// Page returns a page, the first being 1.
func (m *ObjectMap) Page(ctx context.Context, n int) (*vocab.Object, error) {
	if n < 1 || n > m.pages() {
		return nil, ErrNoPage
	}
	from := (n - 1) * m.o.PerPage
	items, err := m.items(ctx, m.order[from:min(from+m.o.PerPage, len(m.order))])
	if err != nil {
		return nil, err
	}
	members := []vocab.Member{
		{Name: vocab.ID, Value: m.page(n)}, {Name: vocab.Type, Value: vocab.TypeOrderedCollectionPage},
		{Name: vocab.PartOf, Value: m.o.ID}, {Name: vocab.TotalItems, Value: len(m.order)},
		{Name: vocab.OrderedItems, Value: items},
	}
	if n > 1 {
		members = append(members, vocab.Member{Name: vocab.Prev, Value: m.page(n - 1)})
	}
	if n < m.pages() {
		members = append(members, vocab.Member{Name: vocab.Next, Value: m.page(n + 1)})
	}
	return withContext(members)
}

// items reads the entries anew, so that nothing is shown that was taken back.
func (m *ObjectMap) items(ctx context.Context, entries []placed) ([]*vocab.Object, error) {
	olds := make([]vocab.IRI, len(entries))
	for i, e := range entries {
		olds[i] = e.old
	}
	found, err := m.finder.Find(ctx, olds)
	if err != nil {
		return nil, fmt.Errorf("object map: %w", err)
	}
	items := []*vocab.Object{}
	for _, old := range olds {
		mapping, ok := found[old]
		if !ok || !m.shows(mapping) {
			continue
		}
		item, err := moveOf(mapping)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, nil
}

// moveOf writes an entry. The text of FEP-1580 says object, its example origin: both are
// there.
func moveOf(m portability.Mapping) (*vocab.Object, error) {
	members := []vocab.Member{
		{Name: vocab.Type, Value: vocab.TypeMove}, {Name: vocab.Actor, Value: m.To},
		{Name: vocab.ObjectProperty, Value: m.Old}, {Name: vocab.Origin, Value: m.Old}, {Name: vocab.Target, Value: m.New},
	}
	if !m.At.IsZero() {
		members = append(members, vocab.Member{Name: vocab.Published, Value: m.At.UTC().Format(time.RFC3339)})
	}
	o, err := vocab.Build(members...)
	if err != nil {
		return nil, fmt.Errorf("object map: %w", err)
	}
	return o, nil
}

// ServeHTTP answers GET and HEAD for the collection, and with "page" in the query for its
// pages.
func (m *ObjectMap) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "only GET and HEAD are answered", http.StatusMethodNotAllowed)
		return
	}
	o, err := m.asked(r)
	switch {
	case errors.Is(err, ErrNoPage):
		http.Error(w, "not found", http.StatusNotFound)
	case err != nil:
		http.Error(w, "not available now", http.StatusServiceUnavailable)
	default:
		w.Header().Set("Content-Type", "application/activity+json")
		w.Header().Set("Content-Length", strconv.Itoa(len(o.Bytes())))
		if r.Method == http.MethodGet {
			_, _ = w.Write(o.Bytes()) // who has gone away needs no answer
		}
	}
}

func (m *ObjectMap) asked(r *http.Request) (*vocab.Object, error) {
	page := r.URL.Query().Get("page")
	if page == "" {
		return m.Collection()
	}
	n, err := strconv.Atoi(page)
	if err != nil {
		return nil, ErrNoPage
	}
	return m.Page(r.Context(), n)
}

// WithObjectMap returns a copy of the new actor's document that announces its object map, and the
// Moves by which it came, each signed by its source actor and with that actor's document
// inlined as its object. Where "migration" is taken by LOLA, which means something else by it,
// the map stands under the name's full IRI.
func WithObjectMap(newActor *vocab.Object, objectMap vocab.IRI, moves ...*vocab.Object) (*vocab.Object, error) {
	name := vocab.Migration
	if newActor.Child(vocab.Migration) != nil {
		name = "https://w3id.org/fep/1580#migration"
	}
	o := newActor
	var err error
	if name == vocab.Migration {
		o, err = o.With(name, objectMap)
	} else {
		o, err = addMember(o, string(name), objectMap)
	}
	if err == nil && len(moves) > 0 {
		o, err = o.With(vocab.Moves, moves)
	}
	if err == nil {
		o, err = o.With(vocab.Context, vocab.ContextFor(o, nil))
	}
	if err != nil {
		return nil, fmt.Errorf("announce object map: %w", err)
	}
	return o, nil
}

// addMember adds a member beside another spelling of its name.
func addMember(o *vocab.Object, name string, value any) (*vocab.Object, error) {
	return o.Edit("/"+pointer.Replace(name), value)
}
