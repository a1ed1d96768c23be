package afterlife

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/internal/mediatype"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/redirect"
	"codeberg.org/godwit/godwit/vocab"
)

// defaultMediaBytes is the largest file that is taken, if nobody says otherwise.
const defaultMediaBytes = 8 << 30

// shown are the types that a browser may show in place; all else is a download. A
// drawing (SVG) can run scripts, and is none of them.
var shown = []string{"image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/heic",
	"video/mp4", "video/webm", "video/ogg", "video/quicktime",
	"audio/mpeg", "audio/aac", "audio/ogg", "audio/opus", "audio/flac", "audio/wav", "audio/mp4"}

// A heldFile is a file of the item that is being read.
type heldFile struct {
	digest, mediaType string
	size              int64
	urls              []vocab.IRI
}

var errMediumSize = errors.New("the file is too large")

// takeFiles copies the files of an item, and returns where those answer that the
// document names by no whole address.
func (r *reading) takeFiles(ctx context.Context, media []portability.Medium) (map[string]vocab.IRI, error) {
	r.files = map[string]*heldFile{}
	places := map[string]vocab.IRI{}
	for _, m := range media {
		held, err := r.takeFile(ctx, m)
		switch {
		case errors.Is(err, errMediumSize):
			r.so.leave(MediumSize)
			continue
		case errors.Is(err, portability.ErrNoMedium), errors.Is(err, portability.ErrBadMedium):
			r.so.leave(NoMedium)
			continue
		case err != nil:
			return nil, err
		}
		r.place(m, held, places)
	}
	return places, nil
}

// place decides where a file answers.
func (r *reading) place(m portability.Medium, held *heldFile, places map[string]vocab.IRI) {
	if before, ok := r.files[held.digest]; ok {
		held = before
	}
	r.files[held.digest] = held
	origin := r.account.ID.Origin()
	switch {
	case m.URL.IsHTTP():
		held.urls = append(held.urls, m.URL)
		return
	case strings.HasPrefix(string(m.URL), "/") && !strings.HasPrefix(string(m.URL), "//"):
		held.urls = append(held.urls, uploaded(origin, string(m.URL)), vocab.IRI(origin+string(m.URL)))
	default:
		held.urls = append(held.urls, vocab.IRI(origin+"/media/"+held.digest+"."+mediatype.Extension(held.mediaType)))
	}
	if m.URL != "" {
		places[string(m.URL)] = held.urls[0]
	}
}

// takeFile copies one file into the work folder, under its digest.
func (r *reading) takeFile(ctx context.Context, m portability.Medium) (*heldFile, error) {
	source, ok := r.source.(portability.MediaSource)
	if !ok {
		return nil, portability.ErrNoMedium
	}
	body, _, err := source.OpenMedia(ctx, m)
	if err != nil {
		return nil, err
	}
	held, err := r.build.keepFile(body)
	return held, errors.Join(err, body.Close())
}

// keepFile copies a file under its digest, unless it is there.
func (b *build) keepFile(body io.Reader) (*heldFile, error) {
	limit := b.o.MediaBytes
	if limit == 0 {
		limit = defaultMediaBytes
	}
	f, err := os.CreateTemp(b.work(mediaFolder), "new-*")
	if err != nil {
		return nil, err
	}
	h, head := sha256.New(), &beginning{}
	size, err := io.Copy(io.MultiWriter(f, h, head), io.LimitReader(body, limit+1))
	if size > limit {
		err = errMediumSize
	}
	held := &heldFile{digest: hex.EncodeToString(h.Sum(nil)), mediaType: mediatype.Of(head.bytes), size: size}
	if !slices.Contains(shown, held.mediaType) {
		held.mediaType = mediatype.Unknown
	}
	at := b.work(mediaFolder, held.digest[:2], held.digest)
	if _, missing := os.Stat(at); err != nil || missing == nil {
		return held, errors.Join(err, f.Close(), os.Remove(f.Name())) // another post shows the same
	}
	if err := errors.Join(f.Sync(), f.Close(), os.MkdirAll(filepath.Dir(at), 0o700)); err != nil {
		return nil, errors.Join(err, os.Remove(f.Name()))
	}
	return held, os.Rename(f.Name(), at)
}

// A beginning keeps the first bytes of a file.
type beginning struct{ bytes []byte }

func (b *beginning) Write(p []byte) (int, error) {
	b.bytes = append(b.bytes, p[:min(len(p), mediatype.Length-len(b.bytes))]...)
	return len(p), nil
}

// fileAddresses writes where the files of an item answer. The zero key stands for the
// account itself.
func (r *reading) fileAddresses(item key) error {
	for _, digest := range sortedKeys(r.files) {
		held := r.files[digest]
		r.so.Media++
		forms := held.forms()
		if err := r.forgetFile(digest, forms); err != nil {
			return err
		}
		base := record{digest: digest, mediaType: held.mediaType, size: held.size, total: -1, users: []use{{item: item}}}
		for _, form := range forms {
			if err := r.address(base, isMedium, form); err != nil {
				return err
			}
		}
	}
	return nil
}

// forms are all addresses of a file.
func (f *heldFile) forms() []vocab.IRI {
	var all []vocab.IRI
	for _, u := range f.urls {
		all = append(all, redirect.Forms("", u, nil)...)
	}
	return all
}

// forgetFile forgets a file under all its addresses that was forgotten by one of them
// before its archive came.
func (r *reading) forgetFile(digest string, forms []vocab.IRI) error {
	t := r.build.o.Tombstones
	if t.has(digestKey(digest)) || !t.hasAny(forms) {
		return nil
	}
	return t.add(digestKey(digest))
}
