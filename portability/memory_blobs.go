package portability

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

var _ interface {
	Blobs
	BlobStater
	BlobLister
	BlobRanger
	BlobCreator
	BlobMover
} = (*MemoryBlobs)(nil)

// MemoryBlobs are [Blobs] in memory, for tests. The zero one is empty.
type MemoryBlobs struct {
	mu   sync.RWMutex
	all  map[string]memoryBlob
	puts int
}

type memoryBlob struct {
	data []byte
	when time.Time
}

// Put implements [Blobs]. It holds the blob in memory while it reads.
func (m *MemoryBlobs) Put(ctx context.Context, key string, r io.Reader, size int64) error {
	return m.put(ctx, key, r, size, true)
}

// Create implements [BlobCreator].
func (m *MemoryBlobs) Create(ctx context.Context, key string, r io.Reader, size int64) error {
	return m.put(ctx, key, r, size, false)
}

func (m *MemoryBlobs) put(ctx context.Context, key string, r io.Reader, size int64, replace bool) error {
	if err := blobUse(ctx, key); err != nil {
		return fmt.Errorf("put blob: %w", err)
	}
	data, err := io.ReadAll(BlobReader(ctx, r, size))
	if err != nil {
		return fmt.Errorf("put blob: %s: %w", key, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, there := m.all[key]; there && !replace {
		return fmt.Errorf("put blob: %s: %w", key, fs.ErrExist)
	}
	if m.all == nil {
		m.all = map[string]memoryBlob{}
	}
	m.all[key] = memoryBlob{data, time.Now().UTC()}
	m.puts++
	return nil
}

// Puts returns how often something was stored, for tests.
func (m *MemoryBlobs) Puts() int {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.puts
}

func blobUse(ctx context.Context, key string) error {
	if err := CheckBlobKey(key); err != nil {
		return err
	}
	return ctx.Err()
}

func (m *MemoryBlobs) find(ctx context.Context, key string) (memoryBlob, error) {
	if err := blobUse(ctx, key); err != nil {
		return memoryBlob{}, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	found, ok := m.all[key]
	if !ok {
		return found, fmt.Errorf("%s: %w", key, fs.ErrNotExist)
	}
	return found, nil
}

// Open implements [Blobs].
func (m *MemoryBlobs) Open(ctx context.Context, key string) (io.ReadCloser, int64, error) {
	found, err := m.find(ctx, key)
	if err != nil {
		return nil, 0, fmt.Errorf("open blob: %w", err)
	}
	return io.NopCloser(BlobReader(ctx, bytes.NewReader(found.data), -1)), int64(len(found.data)), nil
}

// OpenRange implements [BlobRanger].
func (m *MemoryBlobs) OpenRange(ctx context.Context, key string, off, n int64) (io.ReadCloser, error) {
	found, err := m.find(ctx, key)
	if err == nil && (off < 0 || n < 0) {
		err = fmt.Errorf("%s: %w", key, fs.ErrInvalid)
	}
	if err != nil {
		return nil, fmt.Errorf("open blob: %w", err)
	}
	return io.NopCloser(BlobReader(ctx, io.NewSectionReader(bytes.NewReader(found.data), off, n), -1)), nil
}

// Stat implements [BlobStater].
func (m *MemoryBlobs) Stat(ctx context.Context, key string) (Blob, error) {
	found, err := m.find(ctx, key)
	if err != nil {
		return Blob{}, fmt.Errorf("look at blob: %w", err)
	}
	return Blob{key, int64(len(found.data)), found.when}, nil
}

// Remove implements [Blobs].
func (m *MemoryBlobs) Remove(ctx context.Context, key string) error {
	if err := blobUse(ctx, key); err != nil {
		return fmt.Errorf("remove blob: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.all, key)
	return nil
}

// Move implements [BlobMover].
func (m *MemoryBlobs) Move(ctx context.Context, from, to string) error {
	found, err := m.find(ctx, from)
	if err == nil {
		err = CheckBlobKey(to)
	}
	if err != nil {
		return fmt.Errorf("move blob: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.all, from)
	m.all[to] = found
	return nil
}

// List implements [BlobLister].
func (m *MemoryBlobs) List(ctx context.Context, prefix, after string) iter.Seq2[Blob, error] {
	return func(yield func(Blob, error) bool) {
		if err := CheckBlobPrefix(prefix); err != nil {
			yield(Blob{}, fmt.Errorf("list blobs: %w", err))
			return
		}
		m.mu.RLock()
		all := maps.Clone(m.all)
		m.mu.RUnlock()
		for _, key := range slices.Sorted(maps.Keys(all)) {
			if !strings.HasPrefix(key, prefix) || key <= after {
				continue
			}
			if err := ctx.Err(); err != nil {
				yield(Blob{}, fmt.Errorf("list blobs: %w", err))
				return
			}
			if !yield(Blob{key, int64(len(all[key].data)), all[key].when}, nil) {
				return
			}
		}
	}
}
