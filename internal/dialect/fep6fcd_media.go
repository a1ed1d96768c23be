package dialect

import (
	"cmp"
	"context"
	"hash/maphash"
	"io"
	"iter"
	"path"
	"slices"
	"strings"
	"sync"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// A fepMedia finds the files of an archive by the addresses that they had, by
// their digests, or else as the files of takeouts are found. It is made when the
// first file is asked for: 16 bytes for each address and each file, and no text.
type fepMedia struct {
	archive *fepArchive
	takeout *takeoutFiles
	seed    maphash.Seed

	mu     sync.Mutex
	ready  bool
	failed error // why there is no index, and will be none
	sorted []fileAt
}

// mostAddresses is how many addresses of files are remembered, in 32 megabytes.
const mostAddresses = 2_000_000

type fileAt struct {
	key   uint64 // of an address, or of "sha256:" and a digest
	entry uint32 // in View.Names
}

func (f *fepArchive) newMedia(takeout *takeoutFiles) *fepMedia {
	return &fepMedia{archive: f, takeout: takeout, seed: maphash.MakeSeed()}
}

// open implements Account.Media.
func (m *fepMedia) open(ctx context.Context, medium portability.Medium) (io.ReadCloser, portability.Medium, error) {
	v := m.archive.view
	name, err := m.entry(ctx, medium)
	if err != nil {
		return nil, medium, err
	}
	asked := medium
	medium.Path = name
	r, known, err := openByPath(v)(ctx, medium)
	known.Path = asked.Path
	if sum := digestInName(name); sum != "" && err == nil {
		known.Digest = sum
	}
	return r, known, err
}

// entry is where a file stands, "" if it is not there.
func (m *fepMedia) entry(ctx context.Context, medium portability.Medium) (string, error) {
	v := m.archive.view
	if medium.Path != "" && v.Has(medium.Path) {
		return medium.Path, nil
	}
	if err := m.make(ctx); err != nil {
		return "", err
	}
	if name := m.find("sha256:" + strings.ToLower(medium.Digest)); name != "" {
		return name, nil
	}
	return m.byURL(ctx, string(medium.URL)), nil
}

func (m *fepMedia) byURL(ctx context.Context, url string) string {
	if name := m.find(url); name != "" || url == "" {
		return name
	}
	return m.takeout.find(ctx, url)
}

func (m *fepMedia) find(text string) string {
	if text == "" || text == "sha256:" {
		return ""
	}
	key := maphash.String(m.seed, text)
	i, ok := slices.BinarySearchFunc(m.sorted, key, func(f fileAt, key uint64) int { return cmp.Compare(f.key, key) })
	if !ok {
		return ""
	}
	return m.archive.view.Names()[m.sorted[i].entry]
}

// attach names the files of an item, as collection wants it. Where the index cannot
// be read, that is said when a file is opened.
func (m *fepMedia) attach(ctx context.Context, item *portability.Item) {
	m.attachAll(ctx, item, attachmentsOf(item.Object))
}

// actor is the part of the actor, with the pictures that its document names.
func (m *fepMedia) actor(doc *vocab.Object) Part {
	return Part{Kind: portability.Actor, Name: "actor", Said: 1, Each: func(ctx context.Context) iter.Seq2[portability.Item, error] {
		item := actorItem(doc)
		var pictures []attachment
		for _, p := range []vocab.Property{vocab.Icon, vocab.Image} {
			if child := doc.Child(p); child != nil && len(readAttachment(child).urls) > 0 {
				pictures = append(pictures, readAttachment(child))
			}
		}
		m.attachAll(ctx, &item, pictures)
		return Just(item)(ctx)
	}}
}

func (m *fepMedia) attachAll(ctx context.Context, item *portability.Item, attachments []attachment) {
	known := m.make(ctx) == nil
	for _, a := range attachments {
		url, name := a.urls[0], ""
		for _, u := range a.urls {
			if !known || name != "" {
				break
			}
			if name = m.byURL(ctx, u); name != "" {
				url = u
			}
		}
		item.Media = append(item.Media, portability.Medium{
			URL: vocab.IRI(url), Path: name, Digest: digestInName(name), Type: a.mediaType, Size: m.archive.view.Size(name),
		})
		if known && name == "" {
			item.Problems = append(item.Problems, portability.Problem{Reason: portability.MissingMedia, Detail: item.ID})
		}
	}
}

// make reads godwit/media.jsonl and the names of the files, once.
func (m *fepMedia) make(ctx context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ready || m.failed != nil {
		return m.failed
	}
	places := m.places()
	found, err := m.addresses(ctx, places)
	if err != nil {
		if ctx.Err() == nil {
			m.failed = err
		}
		return err
	}
	for _, n := range places {
		if sum := digestInName(m.archive.view.Names()[n]); sum != "" {
			found = append(found, m.at("sha256:"+sum, n))
		}
	}
	slices.SortStableFunc(found, func(a, b fileAt) int { return cmp.Compare(a.key, b.key) })
	m.sorted, m.ready = slices.Clip(found), true
	return nil
}

func (m *fepMedia) at(text string, entry uint32) fileAt {
	return fileAt{maphash.String(m.seed, text), entry}
}

// addresses reads where the files stood. In salvage, what can be read of it.
func (m *fepMedia) addresses(ctx context.Context, places []uint32) ([]fileAt, error) {
	var found []fileAt
	names := m.archive.view.Names()
	for file, err := range m.archive.files(ctx) {
		if err != nil {
			return found, m.archive.damaged(MediaEntry, err)
		}
		i, ok := slices.BinarySearchFunc(places, file.path, func(n uint32, path string) int { return cmp.Compare(names[n], path) })
		if !ok {
			continue
		}
		if len(found)+len(file.urls) > mostAddresses {
			m.archive.note(PartlyRead, MediaEntry, "more addresses than are remembered")
			break
		}
		for _, url := range file.urls {
			found = append(found, m.at(url, places[i]))
		}
	}
	return found, nil
}

// places are the files that may be anyone's attachment, in the order of their names.
func (m *fepMedia) places() []uint32 {
	var all []uint32
	names := m.archive.view.Names()
	for i, name := range names {
		if strings.HasPrefix(name, m.archive.folder+"attachments/") {
			all = append(all, uint32(i))
		}
	}
	slices.SortFunc(all, func(a, b uint32) int { return cmp.Compare(names[a], names[b]) })
	return all
}

// digestInName is the digest that a file is named by, "" if it is named otherwise.
func digestInName(name string) string {
	sum, _, _ := strings.Cut(path.Base(name), ".")
	if len(sum) != 64 || strings.Trim(sum, "0123456789abcdef") != "" {
		return ""
	}
	return sum
}

// A fepFile is a line of godwit/media.jsonl.
type fepFile struct {
	object *vocab.Object
	path   string
	urls   []string
}

// files yields the lines of godwit/media.jsonl that are documents.
func (f *fepArchive) files(ctx context.Context) iter.Seq2[fepFile, error] {
	return func(yield func(fepFile, error) bool) {
		if !f.has(MediaEntry) {
			return
		}
		for e, err := range f.view.Lines(ctx, MediaEntry, nil) {
			if err != nil {
				yield(fepFile{}, err)
				return
			}
			o, err := f.view.Parse(e.Data)
			if err != nil {
				continue
			}
			if !yield(fepFileOf(o), nil) {
				return
			}
		}
	}
}

func fepFileOf(o *vocab.Object) fepFile {
	file := fepFile{object: o, path: o.Text("path")}
	for v := range o.All("urls") {
		if url, ok := v.Text(); ok {
			file.urls = append(file.urls, url)
		}
	}
	return file
}

// mediaLines is the part of the files themselves.
func (f *fepArchive) mediaLines() Part {
	each := f.lines(MediaEntry, f.mediaItem)
	if f.view.Salvage {
		each = f.andUnlisted(each)
	}
	return Part{Kind: portability.Media, Name: MediaEntry, Said: -1, Each: each}
}

// mediaItem makes an item of a line. Where the file stands is the archive's own
// matter, and no member of the document.
func (f *fepArchive) mediaItem(o *vocab.Object) portability.Item {
	file := fepFileOf(o)
	digest := strings.TrimPrefix(o.Text("digest"), "sha256:")
	item := portability.Item{Ref: portability.Ref{Kind: portability.Media, ID: "sha256:" + digest}}
	if len(digest) != 64 {
		item.ID = ""
		item.Problems = append(item.Problems, portability.Problem{Reason: portability.NoID, Detail: MediaEntry, Fatal: true})
	}
	medium := portability.Medium{Path: file.path, Digest: digest, Type: o.Text(vocab.MediaType), Size: f.view.Size(file.path)}
	if len(file.urls) > 0 {
		medium.URL = vocab.IRI(file.urls[0])
	}
	if !strings.HasPrefix(file.path, f.folder+"attachments/") {
		medium.Path, medium.Size = "", -1
	}
	item.Media = []portability.Medium{medium}
	if medium.Size < 0 {
		item.Problems = append(item.Problems, portability.Problem{Reason: portability.MissingMedia, Detail: file.path})
	}
	var err error
	if item.Object, err = o.Without("path"); err != nil {
		item.Object = o
	}
	return item
}
