package portability

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"time"
)

// Errors of blobs, to be tested with errors.Is. What is not there is fs.ErrNotExist.
var (
	// ErrBlobKey says that a key is not one; see [CheckBlobKey].
	ErrBlobKey = errors.New("not a key of a blob")
	// ErrBlobSize says that a reader had another number of bytes than was said.
	ErrBlobSize = errors.New("another size than was said")
)

// Blobs keeps files and archives under keys: in a directory (package
// portability/blobdir), on an S3 server (portability/blobs3), or in memory
// ([MemoryBlobs]). It is safe for concurrent use, by several processes where they
// share it. Every key is looked at by [CheckBlobKey] first; one that is not is
// [ErrBlobKey]. Abilities that not every store has are interfaces of their own:
// [BlobStater], [BlobLister], [BlobRanger], [BlobCreator] and [BlobMover].
// portabilitytest.TestBlobs is the suite that holds stores to these words.
type Blobs interface {
	// Put stores what r yields up to its end, whole or not at all, in place of what
	// has the key. These are size bytes, or any number for -1; another number is
	// [ErrBlobSize]. If r fails, ctx ends or the process dies, what had the key has
	// it still, and nothing is ever seen of what came. Of several Puts at once, one
	// comes last. It does not close r. What it has stored outlives a crash, if
	// anything does there.
	Put(ctx context.Context, key string, r io.Reader, size int64) error
	// Open opens a blob and returns its size. The caller closes it; ctx governs
	// reading, too. What is read is one blob, even if another gets its key meanwhile.
	Open(ctx context.Context, key string) (io.ReadCloser, int64, error)
	// Remove removes a blob. That it is not there is no error.
	Remove(ctx context.Context, key string) error
}

// A Blob is what a store says of a blob without opening it.
type Blob struct {
	Key      string
	Size     int64     // in bytes
	Modified time.Time // when it was put, by the store's clock
}

// A BlobStater is a store that tells of a blob without opening it.
type BlobStater interface {
	Stat(ctx context.Context, key string) (Blob, error)
}

// A BlobLister is a store that can say what it has.
type BlobLister interface {
	// List yields the blobs whose keys begin with prefix, in the order of their
	// keys' bytes, behind the key after (from the first for ""), in pages of its
	// own. What is put or removed meanwhile may be among them or not. An error is
	// the last thing yielded.
	List(ctx context.Context, prefix, after string) iter.Seq2[Blob, error]
}

// A BlobRanger is a store that can open a part of a blob.
type BlobRanger interface {
	// OpenRange opens n bytes from an offset, or fewer where the blob ends before,
	// none where the offset lies behind it. Negative numbers are fs.ErrInvalid. The
	// caller closes it.
	OpenRange(ctx context.Context, key string, off, n int64) (io.ReadCloser, error)
}

// A BlobCreator is a store that can put without replacing.
type BlobCreator interface {
	// Create is Put, but if there is a blob with the key, that stays and the error
	// is fs.ErrExist.
	Create(ctx context.Context, key string, r io.Reader, size int64) error
}

// A BlobMover is a store that can give a blob another key without reading it.
type BlobMover interface {
	// Move gives a blob another key, in place of what has that.
	Move(ctx context.Context, from, to string) error
}

const (
	mostBlobKey     = 240 // bytes of a key
	mostBlobSegment = 120 // bytes between two slashes
	blobRunes       = "abcdefghijklmnopqrstuvwxyz0123456789._-"
)

// CheckBlobKey returns [ErrBlobKey] for a string that cannot be the key of a blob. A
// key has up to 240 bytes: segments with slashes between, each of up to 120 small
// letters of ASCII, digits, ".", "_" and "-". A segment begins with a letter, a digit
// or "_", does not end in ".", and is no name of a device as Windows has them. Such a
// key means the same on every system, and leads out of nothing.
func CheckBlobKey(key string) error {
	if len(key) > mostBlobKey {
		return fmt.Errorf("%w: %d bytes", ErrBlobKey, len(key))
	}
	for segment := range strings.SplitSeq(key, "/") {
		if !isBlobSegment(segment) {
			return fmt.Errorf("%w: %q", ErrBlobKey, key)
		}
	}
	return nil
}

func isBlobSegment(s string) bool {
	stem, _, _ := strings.Cut(s, ".")
	switch {
	case s == "" || len(s) > mostBlobSegment:
		return false
	case strings.ContainsFunc(s, isNotOfKeys):
		return false
	case s[0] == '.' || s[0] == '-' || s[len(s)-1] == '.':
		return false
	}
	return !isDevice(stem)
}

func isNotOfKeys(r rune) bool { return !strings.ContainsRune(blobRunes, r) }

// isDevice reports whether Windows takes a file of that name for a device.
func isDevice(stem string) bool {
	if slices.Contains([]string{"con", "prn", "aux", "nul"}, stem) {
		return true
	}
	return len(stem) == 4 && (stem[:3] == "com" || stem[:3] == "lpt") && stem[3] >= '0' && stem[3] <= '9'
}

// CheckBlobPrefix returns [ErrBlobKey] for a string that no key can begin with. ""
// is what all begin with.
func CheckBlobPrefix(prefix string) error {
	slash := strings.LastIndexByte(prefix, '/')
	if slash >= 0 && CheckBlobKey(prefix[:slash]) != nil || len(prefix) > mostBlobKey || !beginsSegment(prefix[slash+1:]) {
		return fmt.Errorf("%w: the prefix %.80q", ErrBlobKey, prefix)
	}
	return nil
}

func beginsSegment(s string) bool {
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "-") || len(s) > mostBlobSegment {
		return false
	}
	return !strings.ContainsFunc(s, isNotOfKeys)
}
