package dialect

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"hash/maphash"
	"io"
	"iter"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"

	"codeberg.org/godwit/godwit/internal/jsonitems"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// takeoutFiles finds the files of a takeout by what its documents say of them.
// That is compared with the names of entries, and never taken for a path. It holds
// 8 bytes for each entry, beside the names that the view has.
type takeoutFiles struct {
	view   *View
	root   string // the folder of the outbox, with its slash; "" if that is the root
	outbox collection
	byTail []int32 // places in View.Names, in the order of their tails
	byBase []int32 // and of their last segments

	mu     sync.Mutex
	shared []bool // by place: two documents have the last segment; nil before it is needed

	naming sync.Mutex // before mu
	named  []bool     // by place: a post names it; nil before it is needed
}

func newTakeoutFiles(v *View, root string, outbox collection) *takeoutFiles {
	f := &takeoutFiles{view: v, root: root, outbox: outbox}
	names := v.Names()
	for i, name := range names {
		if !isFile(name) {
			continue
		}
		f.byBase = append(f.byBase, int32(i))
		if tail(name) != "" {
			f.byTail = append(f.byTail, int32(i))
		}
	}
	slices.SortStableFunc(f.byBase, func(a, b int32) int { return cmp.Compare(path.Base(names[a]), path.Base(names[b])) })
	slices.SortStableFunc(f.byTail, func(a, b int32) int { return cmp.Compare(tail(names[a]), tail(names[b])) })
	return f
}

// isFile reports whether an entry may be a file that somebody uploaded. Documents
// and keys are none, whatever an attachment says.
func isFile(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".json", ".jsonl", ".csv", ".yml", ".yaml", ".pem", ".key", ".account", ".age":
		return strings.Contains(name, attachmentsFolder) && !isSecret(name)
	}
	return true
}

// isSecret reports whether an entry holds a private key: those are never read. The
// account files of Friendica hold one, and the hash of a password.
func isSecret(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".pem", ".key", ".account":
		return true
	}
	return false
}

const attachmentsFolder = "media_attachments/"

// tail is the part of a path that is the same in an attachment and in the name of
// its entry: from the last "media_attachments/". Before it stand, here and there,
// a bucket, a host or a folder of the server.
func tail(name string) string {
	i := strings.LastIndex(name, attachmentsFolder)
	if i < 0 || i > 0 && name[i-1] != '/' {
		return ""
	}
	return name[i:]
}

// find returns the entry of a file that a document names by a URL or path, "" if
// there is none.
func (f *takeoutFiles) find(ctx context.Context, said string) string {
	if place := f.place(ctx, said); place >= 0 {
		return f.view.Names()[place]
	}
	return ""
}

// place is find for the place in View.Names, -1 if there is none.
func (f *takeoutFiles) place(ctx context.Context, said string) int32 {
	said, _, _ = strings.Cut(said, "#")
	said, _, _ = strings.Cut(said, "?")
	plain, err := url.PathUnescape(said)
	if err != nil {
		plain = said
	}
	for _, p := range []string{said, plain} {
		if i := f.lookUp(f.byTail, tail, tail(p), true); i >= 0 {
			return i
		}
		if i := f.exactly(f.root + strings.TrimPrefix(strings.TrimPrefix(p, "/"), "system/")); i >= 0 {
			return i
		}
	}
	i := f.lookUp(f.byBase, path.Base, path.Base(plain), false)
	if i < 0 || f.isShared(ctx, i) {
		return -1
	}
	return i
}

// exactly is the place of a file with this name, or -1.
func (f *takeoutFiles) exactly(name string) int32 {
	if !f.view.Has(name) || !isFile(name) {
		return -1
	}
	names, base := f.view.Names(), path.Base(name)
	i, _ := slices.BinarySearchFunc(f.byBase, base, func(n int32, base string) int { return cmp.Compare(path.Base(names[n]), base) })
	for ; i < len(f.byBase) && path.Base(names[f.byBase[i]]) == base; i++ {
		if names[f.byBase[i]] == name {
			return f.byBase[i]
		}
	}
	return -1
}

// lookUp returns the place of the name whose key is the one that is wanted, or -1.
// Of several it is the first, or none.
func (f *takeoutFiles) lookUp(places []int32, key func(string) string, want string, several bool) int32 {
	if want == "" || want == "." || want == "/" {
		return -1
	}
	names := f.view.Names()
	i, ok := slices.BinarySearchFunc(places, want, func(n int32, want string) int { return cmp.Compare(key(names[n]), want) })
	if !ok || !several && i+1 < len(places) && key(names[places[i+1]]) == want {
		return -1
	}
	return places[i]
}

// isShared reports whether two documents name different files by the last segment
// of an entry, so that it cannot be told whose the entry is. The outbox is read
// for it once, and only if something can be found in no other way.
func (f *takeoutFiles) isShared(ctx context.Context, place int32) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.shared == nil {
		shared, err := f.readShared(ctx)
		if err != nil {
			return true
		}
		f.shared = shared
	}
	return f.shared[place]
}

func (f *takeoutFiles) readShared(ctx context.Context) ([]bool, error) {
	seed := maphash.MakeSeed()
	first, shared := make([]uint64, len(f.view.Names())), make([]bool, len(f.view.Names()))
	for said, err := range f.said(ctx) {
		if err != nil {
			return nil, err
		}
		place := f.lookUp(f.byBase, path.Base, path.Base(said), false)
		if place < 0 {
			continue
		}
		sum := maphash.String(seed, said) | 1 // 0 is none
		shared[place] = shared[place] || first[place] != 0 && first[place] != sum
		first[place] = sum
	}
	return shared, nil
}

// said yields what the posts say of their files.
func (f *takeoutFiles) said(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for e, err := range f.outbox.read(ctx, &jsonitems.Options{Pass: attachesNothing, AsItStands: true}) {
			if err != nil {
				yield("", err)
				return
			}
			o, err := f.view.parseElement(&e)
			if err != nil {
				continue
			}
			for _, a := range attachmentsOf(o) {
				for _, u := range a.urls {
					if !yield(u, nil) {
						return
					}
				}
			}
		}
	}
}

// attachesNothing tells most elements without files by their bytes: no attachments
// are named in them, or once and none is there. In a text with escapes of small
// letters the name may stand in another way.
func attachesNothing(data []byte) bool {
	switch bytes.Count(data, []byte("attachment")) {
	case 0:
	case 1:
		if !bytes.Contains(data, []byte(`"attachment":[]`)) {
			return false
		}
	default:
		return false
	}
	return !bytes.Contains(data, []byte(`\u006`)) && !bytes.Contains(data, []byte(`\u007`))
}

// An attachment is what a document says of one file.
type attachment struct {
	urls      []string
	mediaType string
}

// attachmentsOf lists the files of a document, or of the one in an activity. Links
// to pages and fields of profiles are none.
func attachmentsOf(o *vocab.Object) []attachment {
	if inner := o.Child(vocab.ObjectProperty); inner != nil {
		o = inner
	}
	var all []attachment
	for _, a := range o.Children(vocab.Attachment) {
		if a.Type() != "" && !a.Is(vocab.TypeDocument, vocab.TypeImage, vocab.TypeVideo, vocab.TypeAudio) {
			continue
		}
		if read := readAttachment(a); len(read.urls) > 0 {
			all = append(all, read)
		}
	}
	return all
}

// readAttachment reads one: its url is a string, a Link, or a list of these.
func readAttachment(a *vocab.Object) attachment {
	read := attachment{mediaType: a.Text(vocab.MediaType)}
	for v := range a.All(vocab.URL) {
		if u, ok := v.Text(); ok {
			read.urls = append(read.urls, u)
		}
		link, ok := v.Object()
		if !ok {
			continue
		}
		if href := link.Text(vocab.Href); href != "" {
			read.urls = append(read.urls, href)
		}
		read.mediaType = cmp.Or(read.mediaType, link.Text(vocab.MediaType))
	}
	if href := a.Text(vocab.Href); len(read.urls) == 0 && href != "" {
		read.urls = []string{href}
	}
	return read
}

// attach adds the files of a post to its item.
func (f *takeoutFiles) attach(ctx context.Context, item *portability.Item) {
	for _, a := range attachmentsOf(item.Object) {
		f.add(ctx, item, a)
	}
}

func (f *takeoutFiles) add(ctx context.Context, item *portability.Item, a attachment) {
	m := portability.Medium{URL: vocab.IRI(a.urls[0]), Type: a.mediaType, Size: -1}
	for _, u := range a.urls {
		if name := f.find(ctx, u); name != "" {
			m.URL, m.Path, m.Size = vocab.IRI(u), name, f.view.Size(name)
			break
		}
	}
	item.Media = append(item.Media, m)
	if m.Path == "" {
		item.Problems = append(item.Problems, portability.Problem{Reason: portability.MissingMedia, Detail: fmt.Sprintf("attachment %d", len(item.Media)-1)})
	}
}

// open opens a file; documents and keys are none.
func (f *takeoutFiles) open(ctx context.Context, m portability.Medium) (io.ReadCloser, portability.Medium, error) {
	if !isFile(m.Path) {
		return nil, m, portability.ErrNoMedium
	}
	return openByPath(f.view)(ctx, m)
}

// part is the files that nothing names; used are those that the actor does.
func (f *takeoutFiles) part(used map[string]bool) Part {
	part := mediaPart(f.view, "files", f.unused(used))
	each := part.Each
	part.Each = func(ctx context.Context) iter.Seq2[portability.Item, error] { return markRepeated(each(ctx)) }
	return part
}

// unused yields the files that no post names, and that are not used otherwise.
func (f *takeoutFiles) unused(used map[string]bool) func(context.Context) iter.Seq2[kept, error] {
	return func(ctx context.Context) iter.Seq2[kept, error] {
		return func(yield func(kept, error) bool) {
			named, err := f.namedByPosts(ctx)
			if err != nil {
				yield(kept{}, err)
				return
			}
			for i, name := range f.view.Names() {
				if !isFile(name) || named[i] || used[name] {
					continue
				}
				if !yield(kept{entry: name, url: name, kind: typeByName(name)}, nil) {
					return
				}
			}
		}
	}
}

// namedByPosts tells the entries that posts name. The outbox is read for it once.
func (f *takeoutFiles) namedByPosts(ctx context.Context) ([]bool, error) {
	f.naming.Lock()
	defer f.naming.Unlock()
	if f.named != nil {
		return f.named, nil
	}
	named := make([]bool, len(f.view.Names()))
	for said, err := range f.said(ctx) {
		if err != nil {
			return nil, err
		}
		if place := f.place(ctx, said); place >= 0 {
			named[place] = true
		}
	}
	f.named = named
	return named, ctx.Err()
}

func typeByName(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".jpg", ".jpeg":
		return "image/jpeg"
	case ".png":
		return "image/png"
	case ".gif":
		return "image/gif"
	case ".webp":
		return "image/webp"
	case ".avif":
		return "image/avif"
	case ".mp4", ".m4v":
		return "video/mp4"
	case ".webm":
		return "video/webm"
	case ".mp3":
		return "audio/mpeg"
	case ".ogg", ".oga":
		return "audio/ogg"
	}
	return ""
}
