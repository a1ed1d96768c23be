package portability

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

var _ interface {
	MediaSink
	MediaSource
} = (*MediaStore)(nil)

// A MediaStore keeps files in [Blobs] by their SHA-256, each once. A host's Sink
// has it do PutMedia, and its Source OpenMedia. What is read is compared with what
// was said of it, on the way in and on the way out. It is safe for concurrent use,
// by several processes over one store.
type MediaStore struct {
	blobs  Blobs
	url    func(digest string) vocab.IRI
	prefix string
	held   int64
	most   int64
}

// MediaStoreOptions adjust a [MediaStore]. A nil *MediaStoreOptions is the same as a
// zero one.
type MediaStoreOptions struct {
	// Prefix comes before the keys, which are "media/" and the digest in hex. It is
	// "", or ends in "/".
	Prefix string
	// MaxBytes is how large a file may be; a larger one is [ErrNoPlace]. 0 means no
	// limit.
	MaxBytes int64
	// Held is how many bytes of a file whose digest is not known are held in memory
	// while it is read; 0 means 1 MiB. A larger one is stored twice on its way, for its
	// key is only known at its end: where the store is a [BlobMover] it is then moved.
	Held int64
}

// NewMediaStore returns a store of files. Url says where a file stands for others,
// by its digest in hex; it is what PutMedia returns.
func NewMediaStore(blobs Blobs, url func(digest string) vocab.IRI, opts *MediaStoreOptions) *MediaStore {
	if opts == nil {
		opts = &MediaStoreOptions{}
	}
	s := &MediaStore{blobs: blobs, url: url, prefix: opts.Prefix, held: opts.Held, most: opts.MaxBytes}
	if s.held == 0 {
		s.held = 1 << 20
	}
	return s
}

// Key returns the key of a file, by its digest in hex.
func (s *MediaStore) Key(digest string) string { return s.prefix + "media/" + digest }

// incoming is where large files wait whose digest is not known yet.
const incoming = "incoming/"

// PutMedia implements [MediaSink].
func (s *MediaStore) PutMedia(ctx context.Context, m Medium, r io.Reader) (vocab.IRI, error) {
	digest, err := s.put(ctx, m, r)
	if err != nil {
		return "", fmt.Errorf("put file: %w", err)
	}
	return s.url(digest), nil
}

func (s *MediaStore) put(ctx context.Context, m Medium, r io.Reader) (string, error) {
	in := &mediaReader{r: BlobReader(ctx, r, -1), want: m, most: s.most, sum: sha256.New()}
	switch {
	case s.most > 0 && m.Size > s.most:
		return "", fmt.Errorf("%w: its size", ErrNoPlace)
	case m.Digest != "" && !isDigest(m.Digest):
		return "", fmt.Errorf("%w: its digest is none", ErrBadMedium)
	case m.Digest != "":
		return m.Digest, s.putKnown(ctx, m.Digest, in, m.Size)
	}
	return s.putUnknown(ctx, in, m.Size)
}

// putKnown stores a file under its digest. One that is there is only compared.
func (s *MediaStore) putKnown(ctx context.Context, digest string, in *mediaReader, size int64) error {
	key := s.Key(digest)
	there, err := s.has(ctx, key)
	if err != nil {
		return err
	}
	if there {
		_, err := io.Copy(io.Discard, in)
		return err
	}
	// Put stores nothing if its reader fails, and this one does at the end of a file
	// that is not what was said.
	return in.cause(s.blobs.Put(ctx, key, in, size))
}

func (s *MediaStore) putUnknown(ctx context.Context, in *mediaReader, size int64) (string, error) {
	held, err := io.ReadAll(io.LimitReader(in, s.held))
	if err != nil {
		return "", err
	}
	if int64(len(held)) < s.held {
		digest := in.digest()
		return digest, s.keep(ctx, digest, held)
	}
	staged := s.prefix + incoming + hexOf(16)
	err = in.cause(s.blobs.Put(ctx, staged, io.MultiReader(bytes.NewReader(held), in), size))
	if err != nil {
		return "", err
	}
	digest := in.digest()
	return digest, s.move(ctx, staged, s.Key(digest))
}

// keep stores a file that is in memory, unless it is there.
func (s *MediaStore) keep(ctx context.Context, digest string, data []byte) error {
	there, err := s.has(ctx, s.Key(digest))
	if err != nil || there {
		return err
	}
	return s.blobs.Put(ctx, s.Key(digest), bytes.NewReader(data), int64(len(data)))
}

// move gives a file that waits its key.
func (s *MediaStore) move(ctx context.Context, staged, key string) error {
	there, err := s.has(ctx, key)
	switch mover, ok := s.blobs.(BlobMover); {
	case err != nil || there:
	case ok:
		return mover.Move(ctx, staged, key)
	default:
		err = s.copy(ctx, staged, key)
	}
	return errors.Join(err, s.blobs.Remove(ctx, staged))
}

func (s *MediaStore) copy(ctx context.Context, from, to string) error {
	r, size, err := s.blobs.Open(ctx, from)
	if err != nil {
		return err
	}
	return errors.Join(s.blobs.Put(ctx, to, r, size), r.Close())
}

func (s *MediaStore) has(ctx context.Context, key string) (bool, error) {
	_, err := blobSize(ctx, s.blobs, key)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// OpenMedia implements [MediaSource], for files whose digest is known; any other is
// [ErrNoMedium]. A file that has changed in the store is [ErrBadMedium], at the latest
// where it ends.
func (s *MediaStore) OpenMedia(ctx context.Context, m Medium) (io.ReadCloser, Medium, error) {
	if !isDigest(m.Digest) {
		return nil, m, fmt.Errorf("open file: %w", ErrNoMedium)
	}
	r, size, err := s.blobs.Open(ctx, s.Key(m.Digest))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, m, fmt.Errorf("open file: %s: %w", m.Digest, ErrNoMedium)
	}
	if err != nil {
		return nil, m, fmt.Errorf("open file: %w", err)
	}
	m.Size = size
	return &mediaCloser{mediaReader{r: r, want: m, sum: sha256.New()}, r}, m, nil
}

// RemoveMedia removes a file by its digest in hex. That it is not there is no error.
func (s *MediaStore) RemoveMedia(ctx context.Context, digest string) error {
	if !isDigest(digest) {
		return fmt.Errorf("remove file: %.80q is no digest: %w", digest, ErrNoMedium)
	}
	return s.blobs.Remove(ctx, s.Key(digest))
}

// Sweep removes what processes that were killed have left of files that came in
// before a time, and returns how many there were. A store that is no [BlobLister]
// keeps them: errors.ErrUnsupported.
func (s *MediaStore) Sweep(ctx context.Context, before time.Time) (int, error) {
	lister, ok := s.blobs.(BlobLister)
	if !ok {
		return 0, fmt.Errorf("sweep files: %w", errors.ErrUnsupported)
	}
	n := 0
	for blob, err := range lister.List(ctx, s.prefix+incoming, "") {
		if err == nil && blob.Modified.Before(before) {
			err = s.blobs.Remove(ctx, blob.Key)
			n++
		}
		if err != nil {
			return n, fmt.Errorf("sweep files: %w", err)
		}
	}
	return n, nil
}

func isDigest(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == sha256.Size && hex.EncodeToString(b) == s
}

// hexOf returns so many random bytes, in hex.
func hexOf(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// A mediaReader fails where a file is not what was said of it, before its end is
// told.
type mediaReader struct {
	r    io.Reader
	want Medium
	most int64 // 0 for no limit
	sum  hash.Hash
	n    int64
	err  error
}

func (m *mediaReader) Read(p []byte) (int, error) {
	if m.err != nil {
		return 0, m.err
	}
	n, err := m.r.Read(p)
	m.sum.Write(p[:n])
	m.n += int64(n)
	switch {
	case m.want.Size >= 0 && m.n > m.want.Size:
		err = fmt.Errorf("%w: it is longer than it says", ErrBadMedium)
	case m.most > 0 && m.n > m.most:
		err = fmt.Errorf("%w: its size", ErrNoPlace)
	case errors.Is(err, io.EOF):
		err = m.end()
	}
	m.err = err
	return n, err
}

func (m *mediaReader) end() error {
	switch {
	case m.want.Size >= 0 && m.n != m.want.Size:
		return fmt.Errorf("%w: it is shorter than it says", ErrBadMedium)
	case m.want.Digest != "" && m.digest() != m.want.Digest:
		return fmt.Errorf("%w: another digest", ErrBadMedium)
	}
	return io.EOF
}

func (m *mediaReader) digest() string { return hex.EncodeToString(m.sum.Sum(nil)) }

// cause returns why a Put failed: this reader's reason where it has one.
func (m *mediaReader) cause(err error) error {
	if err != nil && m.err != nil && !errors.Is(m.err, io.EOF) {
		return m.err
	}
	return err
}

type mediaCloser struct {
	mediaReader
	io.Closer
}
