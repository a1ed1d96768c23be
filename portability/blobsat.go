package portability

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
)

const (
	blobBlock  = 256 << 10 // is read at once
	blobBlocks = 16        // are remembered
)

// A BlobAt reads anywhere in a blob, as archives are read. It remembers the last
// blocks it has read, 4 MiB. It is safe for concurrent use.
type BlobAt struct {
	ctx  context.Context
	from BlobRanger
	key  string
	size int64

	mu     sync.Mutex
	blocks []blobPart // used last comes last
}

type blobPart struct {
	at   int64
	data []byte
}

// OpenBlobAt prepares reading anywhere in a blob of a store that is a [BlobRanger]
// as well. The context governs all reading. Nothing has to be closed. While it is
// read, the blob must not be replaced.
func OpenBlobAt(ctx context.Context, blobs Blobs, key string) (*BlobAt, error) {
	from, ok := blobs.(BlobRanger)
	if !ok {
		return nil, fmt.Errorf("open blob: %s: the store opens no parts: %w", key, errors.ErrUnsupported)
	}
	size, err := blobSize(ctx, blobs, key)
	if err != nil {
		return nil, err
	}
	return &BlobAt{ctx: ctx, from: from, key: key, size: size}, nil
}

// blobSize returns the size of a blob in the cheapest way that there is.
func blobSize(ctx context.Context, blobs Blobs, key string) (int64, error) {
	if s, ok := blobs.(BlobStater); ok {
		found, err := s.Stat(ctx, key)
		return found.Size, err
	}
	r, size, err := blobs.Open(ctx, key)
	if err != nil {
		return 0, err
	}
	return size, r.Close()
}

// Size returns the size of the blob, in bytes.
func (b *BlobAt) Size() int64 { return b.size }

// ReadAt implements [io.ReaderAt].
func (b *BlobAt) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, fmt.Errorf("read blob: %s: %w", b.key, fs.ErrInvalid)
	}
	n := 0
	for n < len(p) {
		if off >= b.size {
			return n, io.EOF
		}
		some, err := b.read(p[n:], off)
		if err != nil {
			return n, fmt.Errorf("read blob: %s: %w", b.key, err)
		}
		n += some
		off += int64(some)
	}
	return n, nil
}

// read fills p up to the end of a block, or at once with what is more than one.
func (b *BlobAt) read(p []byte, off int64) (int, error) {
	if off%blobBlock == 0 && len(p) >= 2*blobBlock && off+int64(len(p)) <= b.size {
		p = p[:len(p)/blobBlock*blobBlock]
		return len(p), b.fetch(p, off)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	data, err := b.block(off - off%blobBlock)
	if err != nil {
		return 0, err
	}
	return copy(p, data[off%blobBlock:]), nil
}

// block returns a block, which it may have.
func (b *BlobAt) block(at int64) ([]byte, error) {
	for i, part := range b.blocks {
		if part.at == at {
			b.blocks = append(append(b.blocks[:i:i], b.blocks[i+1:]...), part)
			return part.data, nil
		}
	}
	data := make([]byte, min(blobBlock, b.size-at))
	if err := b.fetch(data, at); err != nil {
		return nil, err
	}
	if len(b.blocks) == blobBlocks {
		b.blocks = b.blocks[1:]
	}
	b.blocks = append(b.blocks, blobPart{at, data})
	return data, nil
}

func (b *BlobAt) fetch(p []byte, off int64) error {
	r, err := b.from.OpenRange(b.ctx, b.key, off, int64(len(p)))
	if err != nil {
		return err
	}
	_, err = io.ReadFull(r, p)
	return errors.Join(err, r.Close())
}
