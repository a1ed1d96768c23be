package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strings"

	"codeberg.org/godwit/godwit/internal/mediatype"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// A takeoutFile is a file in scratch.
type takeoutFile struct {
	digest [sha256.Size]byte
	size   int64
	crc    uint32
	ext    string
	used   bool // by a post
}

// path is where it stands in the takeout: the shape of Mastodon's paths, made of
// the digest, so that two files never share one and nothing comes from outside.
func (f takeoutFile) path() string {
	d := hex.EncodeToString(f.digest[:])
	return fmt.Sprintf("media_attachments/files/%s/%s/%s/%s/%s/%s/original/%s.%s",
		d[0:3], d[3:6], d[6:9], d[9:12], d[12:15], d[15:18], d[18:34], f.ext)
}

// inScratch is where its bytes are kept, in one of 256 folders.
func (t *Takeout) inScratch(digest string) string {
	return filepath.Join(t.scratch, "media", digest[:2], digest)
}

// PutMedia implements portability.MediaSink.
func (t *Takeout) PutMedia(ctx context.Context, m portability.Medium, r io.Reader) (vocab.IRI, error) {
	stored, temporary, err := t.receive(ctx, m, r)
	if err == nil {
		stored, err = t.keep(m, stored, temporary)
	}
	if err != nil {
		return "", fmt.Errorf("put file: %w", err)
	}
	return vocab.IRI(stored.path()), nil
}

// receive reads a file to its end, into scratch.
func (t *Takeout) receive(ctx context.Context, m portability.Medium, r io.Reader) (stored takeoutFile, path string, err error) {
	if err := ctx.Err(); err != nil {
		return stored, "", err
	}
	f, err := os.CreateTemp(t.scratch, "incoming-")
	if err != nil {
		return stored, "", err
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	digest, checksum, head := sha256.New(), crc32.NewIEEE(), &fileHead{}
	n, err := io.Copy(io.MultiWriter(f, digest, checksum, head), takeoutReading(ctx, r))
	if err != nil {
		return stored, "", err
	}
	stored = takeoutFile{size: n, crc: checksum.Sum32(), ext: takeoutExtension(m.Type, head.data)}
	digest.Sum(stored.digest[:0])
	switch {
	case m.Digest != "" && !strings.EqualFold(m.Digest, hex.EncodeToString(stored.digest[:])):
		return stored, "", fmt.Errorf("%w: another digest", portability.ErrBadMedium)
	case m.Size >= 0 && m.Size != n:
		return stored, "", fmt.Errorf("%w: another size", portability.ErrBadMedium)
	}
	return stored, f.Name(), nil
}

// keep gives a received file its place, once for each content.
func (t *Takeout) keep(m portability.Medium, stored takeoutFile, temporary string) (takeoutFile, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended != nil {
		return stored, errors.Join(t.ended, os.Remove(temporary))
	}
	digest := hex.EncodeToString(stored.digest[:])
	if before, there := t.known.file(takeoutKey("digest", digest)); there {
		t.known.setFile(takeoutKey("place", string(m.URL), m.Path), before)
		return before, errors.Join(os.Remove(temporary), t.known.err)
	}
	place := t.inScratch(digest)
	err := errors.Join(os.MkdirAll(filepath.Dir(place), 0o700), os.Rename(temporary, place))
	if err != nil {
		return stored, errors.Join(err, os.Remove(temporary))
	}
	t.known.setFile(takeoutKey("digest", digest), stored)
	t.known.setFile(takeoutKey("place", string(m.URL), m.Path), stored)
	return stored, t.known.err
}

// find returns the file that an item names.
func (t *Takeout) find(m portability.Medium) (takeoutFile, bool) {
	if m.Digest != "" {
		if f, there := t.known.file(takeoutKey("digest", strings.ToLower(m.Digest))); there {
			return f, true
		}
	}
	if m.URL == "" && m.Path == "" {
		return takeoutFile{}, false
	}
	return t.known.file(takeoutKey("place", string(m.URL), m.Path))
}

// use remembers that a post shows the file.
func (t *Takeout) use(f takeoutFile) {
	at := takeoutKey("digest", hex.EncodeToString(f.digest[:]))
	if now, there := t.known.file(at); there && !now.used {
		now.used = true
		t.known.setFile(at, now)
	}
}

// fileHead keeps the first bytes that are written to it.
type fileHead struct{ data []byte }

func (h *fileHead) Write(p []byte) (int, error) {
	h.data = append(h.data, p[:min(len(p), sniffLength-len(h.data))]...)
	return len(p), nil
}

// takeoutReading ends reading when ctx does.
func takeoutReading(ctx context.Context, r io.Reader) io.Reader { return &takeoutReader{ctx, r} }

type takeoutReader struct {
	ctx context.Context
	r   io.Reader
}

func (w *takeoutReader) Read(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.r.Read(p)
}

// takeoutExtensions are those of types that cannot be told by the first bytes.
var takeoutExtensions = map[string]string{
	"image/heif": "heif", "image/bmp": "bmp", "image/tiff": "tiff", "video/x-m4v": "m4v",
	"audio/mp3": "mp3", "audio/x-wav": "wav", "audio/x-flac": "flac", "audio/x-m4a": "m4a",
	"audio/webm": "weba", "text/plain": "txt", "text/vtt": "vtt",
}

// takeoutExtension follows from how the file begins, or else from the media type
// that its source says, never from a name. Importers choose by it what to do.
func takeoutExtension(mediaType string, head []byte) string {
	if told := sniff(head); told != mediatype.Unknown {
		return mediatype.Extension(told)
	}
	mediaType, _, _ = strings.Cut(strings.ToLower(mediaType), ";")
	mediaType = strings.TrimSpace(mediaType)
	if ext := mediatype.Extension(mediaType); ext != "bin" {
		return ext
	}
	if ext, known := takeoutExtensions[mediaType]; known {
		return ext
	}
	return "bin"
}
