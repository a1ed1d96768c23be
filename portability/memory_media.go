package portability

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"

	"codeberg.org/godwit/godwit/vocab"
)

// files are those of a [Memory]. The zero value has none.
type files struct {
	bytes map[string][]byte  // by digest
	at    map[fileKey]string // digests, by where the files stood
	types map[string]string  // media types, by digest
}

// OpenMedia implements [MediaSource]. A file is found by its digest, or else by
// where it stood in the source that it came from.
func (m *Memory) OpenMedia(ctx context.Context, medium Medium) (io.ReadCloser, Medium, error) {
	if err := ctx.Err(); err != nil {
		return nil, medium, fmt.Errorf("open file: %w", err)
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	found, ok := m.files.find(medium)
	if !ok {
		return nil, medium, fmt.Errorf("open file: %w", ErrNoMedium)
	}
	return io.NopCloser(bytes.NewReader(m.files.bytes[found.Digest])), found, nil
}

// PutMedia implements [MediaSink]. It holds the file in memory while it reads.
func (m *Memory) PutMedia(ctx context.Context, medium Medium, r io.Reader) (vocab.IRI, error) {
	data, err := m.read(ctx, medium, r)
	if err != nil {
		return "", fmt.Errorf("put file: %w", err)
	}
	sum := sha256.Sum256(data)
	digest := hex.EncodeToString(sum[:])
	switch {
	case medium.Digest != "" && medium.Digest != digest:
		return "", fmt.Errorf("put file: %w: another digest", ErrBadMedium)
	case medium.Size >= 0 && medium.Size != int64(len(data)):
		return "", fmt.Errorf("put file: %w: another size", ErrBadMedium)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.files.add(medium, digest, data)
	return vocab.IRI(m.options.Base + "media/" + digest), nil
}

func (m *Memory) read(ctx context.Context, medium Medium, r io.Reader) ([]byte, error) {
	limits := m.options.Limits
	if !limits.takesType(medium.Type) {
		return nil, fmt.Errorf("%w: its type", ErrNoPlace)
	}
	if limits.MediaBytes > 0 {
		r = io.LimitReader(r, limits.MediaBytes+1)
	}
	data, err := io.ReadAll(r)
	switch err := errors.Join(err, ctx.Err()); {
	case err != nil:
		return nil, err
	case limits.MediaBytes > 0 && int64(len(data)) > limits.MediaBytes:
		return nil, fmt.Errorf("%w: its size", ErrNoPlace)
	}
	return data, nil
}

// takesType reports whether files of a media type can be held. One that is
// unknown can.
func (l Limits) takesType(mediaType string) bool {
	for _, one := range l.MediaTypes {
		prefix, whole := strings.CutSuffix(one, "*")
		if mediaType == one || whole && strings.HasPrefix(mediaType, prefix) {
			return true
		}
	}
	return mediaType == "" || len(l.MediaTypes) == 0
}

func (f *files) add(m Medium, digest string, data []byte) {
	if f.bytes == nil {
		f.bytes, f.at, f.types = map[string][]byte{}, map[fileKey]string{}, map[string]string{}
	}
	f.bytes[digest], f.at[keyOf(m)] = data, digest
	if m.Type != "" {
		f.types[digest] = m.Type
	}
}

// find returns a file as it is known now.
func (f *files) find(m Medium) (Medium, bool) {
	digest := m.Digest
	data, ok := f.bytes[digest]
	if !ok {
		digest = f.at[keyOf(m)]
		data, ok = f.bytes[digest]
	}
	if !ok {
		return m, false
	}
	m.Digest, m.Size = digest, int64(len(data))
	if m.Type == "" {
		m.Type = f.types[digest]
	}
	return m, true
}

// resolve fills in what is known of an item's files, and reports whether any is
// missing.
func (f *files) resolve(item *Item) (missing bool) {
	*item = item.clone()
	for i, m := range item.Media {
		found, ok := f.find(m)
		item.Media[i] = found
		missing = missing || !ok
	}
	return missing
}

func (f *files) drop(digest string) {
	delete(f.bytes, digest)
	delete(f.types, digest)
	maps.DeleteFunc(f.at, func(_ fileKey, d string) bool { return d == digest })
}
