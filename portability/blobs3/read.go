package blobs3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"codeberg.org/godwit/godwit/portability"
)

var _ interface {
	portability.Blobs
	portability.BlobStater
	portability.BlobLister
	portability.BlobRanger
	portability.BlobCreator
	portability.BlobMover
} = (*Store)(nil)

const (
	opening  = "open blob"
	noLength = "an answer without a length"
)

// mostSize is more than any object has; greater numbers are too much for some servers.
const mostSize = 1 << 50

// Open implements [portability.Blobs]. Where the server says a digest, what is read
// is compared with it.
func (s *Store) Open(ctx context.Context, key string) (io.ReadCloser, int64, error) {
	if err := s.use(ctx, opening, key); err != nil {
		return nil, 0, err
	}
	got, err := s.client.GetObject(ctx, &s3.GetObjectInput{
		Bucket: &s.bucket, Key: s.name(key), ChecksumMode: types.ChecksumModeEnabled,
	})
	if err != nil {
		return nil, 0, s.failed(ctx, opening, key, err)
	}
	size := aws.ToInt64(got.ContentLength)
	if got.ContentLength == nil || size < 0 {
		return nil, 0, errors.Join(s.said(opening, key, noLength), got.Body.Close())
	}
	return s.body(ctx, key, got.Body, size), size, nil
}

// said is an error of a server that answers otherwise than it should.
func (s *Store) said(op, key, what string) error {
	return &Error{Op: op, Bucket: s.bucket, Key: s.prefix + key, Status: http.StatusOK, Err: errors.New(what)}
}

// unsaid is an error of a server that may have done what it was asked for, and does not
// say so.
func (s *Store) unsaid(op, key, what string) error {
	return &Error{Op: op, Bucket: s.bucket, Key: s.prefix + key, Status: http.StatusOK, Err: errors.New(what), network: true}
}

// body reads an answer of so many bytes, or of any number for -1.
func (s *Store) body(ctx context.Context, key string, from io.ReadCloser, size int64) io.ReadCloser {
	return &body{ctx: ctx, store: s, key: key, r: portability.BlobReader(ctx, from, size), Closer: from}
}

type body struct {
	ctx   context.Context
	store *Store
	key   string
	r     io.Reader
	io.Closer
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if err == nil || errors.Is(err, io.EOF) {
		return n, err
	}
	e := &Error{Op: "read blob", Bucket: b.store.bucket, Key: b.store.prefix + b.key, Err: err, network: true}
	if ended := b.ctx.Err(); ended != nil && errors.Is(err, ended) {
		e.network = false
	}
	return n, e
}

// OpenRange implements [portability.BlobRanger].
func (s *Store) OpenRange(ctx context.Context, key string, off, n int64) (io.ReadCloser, error) {
	if err := s.use(ctx, opening, key); err != nil {
		return nil, err
	}
	switch {
	case off < 0 || n < 0:
		return nil, &Error{Op: opening, Bucket: s.bucket, Key: s.prefix + key, Err: fs.ErrInvalid}
	case n == 0 || off > mostSize:
		if _, err := s.Stat(ctx, key); err != nil {
			return nil, err
		}
		return http.NoBody, nil
	}
	last := off + min(n, mostSize) - 1
	got, err := s.client.GetObject(ctx, &s3.GetObjectInput{
		Bucket: &s.bucket, Key: s.name(key), Range: aws.String(fmt.Sprintf("bytes=%d-%d", off, last)),
	})
	err = s.failed(ctx, opening, key, err)
	if e, ok := errors.AsType[*Error](err); ok && e.Status == http.StatusRequestedRangeNotSatisfiable {
		return http.NoBody, nil // it lies behind the end
	}
	if err != nil {
		return nil, err
	}
	return s.part(ctx, key, got, off, n)
}

// part checks that an answer is the part that was asked for: all of it, or up to the end
// of the blob.
func (s *Store) part(ctx context.Context, key string, got *s3.GetObjectOutput, off, n int64) (io.ReadCloser, error) {
	size := aws.ToInt64(got.ContentLength)
	all, isPart := strings.CutPrefix(aws.ToString(got.ContentRange), fmt.Sprintf("bytes %d-%d/", off, off+size-1))
	if size < 0 || size > n || !isPart || size < n && all != strconv.FormatInt(off+size, 10) {
		return nil, errors.Join(s.said(opening, key, "another part than was asked for"), got.Body.Close())
	}
	return s.body(ctx, key, got.Body, size), nil
}

// Stat implements [portability.BlobStater].
func (s *Store) Stat(ctx context.Context, key string) (portability.Blob, error) {
	const op = "look at blob"
	if err := s.use(ctx, op, key); err != nil {
		return portability.Blob{}, err
	}
	got, err := s.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &s.bucket, Key: s.name(key)})
	if err != nil {
		return portability.Blob{}, s.failed(ctx, op, key, err)
	}
	if got.ContentLength == nil {
		return portability.Blob{}, s.said(op, key, noLength)
	}
	return portability.Blob{Key: key, Size: aws.ToInt64(got.ContentLength), Modified: aws.ToTime(got.LastModified).UTC()}, nil
}
