package blobs3

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"codeberg.org/godwit/godwit/portability"
)

// blobType is the type of every object: what a blob is, others say.
const blobType = "application/octet-stream"

// ErrTooLarge says that a blob has more parts than a server takes; see
// [Config.PartSize].
var ErrTooLarge = errors.New("too large for its parts")

// Put implements [portability.Blobs]. What has less than a part is one request, and
// anything else an upload of parts, of which one at a time is in memory; nothing is
// to be seen before the last one has arrived.
func (s *Store) Put(ctx context.Context, key string, r io.Reader, size int64) error {
	return s.put(ctx, upload{op: "put blob", key: key}, r, size)
}

// Create implements [portability.BlobCreator]. Where the server has no conditional
// writes, or none for uploads of parts, it looks first, and two that create one key in
// the same moment can both succeed.
func (s *Store) Create(ctx context.Context, key string, r io.Reader, size int64) error {
	u := upload{op: "create blob", key: key, ifNone: aws.String("*")}
	if err := s.refuseExisting(ctx, u); err != nil {
		return err
	}
	return s.put(ctx, u, r, size)
}

func (s *Store) refuseExisting(ctx context.Context, u upload) error {
	_, err := s.Stat(ctx, u.key)
	switch {
	case err == nil:
		return &Error{Op: u.op, Bucket: s.bucket, Key: s.prefix + u.key, Err: fs.ErrExist}
	case errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return err
}

// An upload is one blob on its way.
type upload struct {
	op, key string
	ifNone  *string // "*": only where nothing has the key
	id      *string // of an upload in parts
	parts   []types.CompletedPart
}

// buffers are those of parts, between uploads.
type buffers struct{ pool sync.Pool }

func (b *buffers) take() *bytes.Buffer {
	if free, ok := b.pool.Get().(*bytes.Buffer); ok {
		free.Reset()
		return free
	}
	return &bytes.Buffer{}
}

func (b *buffers) give(buffer *bytes.Buffer) { b.pool.Put(buffer) }

func (s *Store) put(ctx context.Context, u upload, r io.Reader, size int64) error {
	if err := s.use(ctx, u.op, u.key); err != nil {
		return err
	}
	if size > mostSize {
		return s.unread(u, ErrTooLarge)
	}
	part := s.buffers.take()
	defer s.buffers.give(part)
	r = portability.BlobReader(ctx, r, size)
	most := max(s.partSize, (size+mostParts-1)/mostParts)
	// What a size says that is not believed yet takes no memory.
	part.Grow(int(min(uint64(size), uint64(s.partSize))) + bytes.MinRead)
	last, err := fill(part, r, most)
	switch {
	case err != nil:
		return s.unread(u, err)
	case last:
		return s.putWhole(ctx, u, part.Bytes())
	}
	return s.putParts(ctx, u, part, r, most)
}

// fill reads a part, and reports whether it is the last one.
func fill(part *bytes.Buffer, r io.Reader, most int64) (last bool, err error) {
	part.Reset()
	_, err = io.CopyN(part, r, most)
	if errors.Is(err, io.EOF) {
		return true, nil
	}
	return false, err
}

// unread is an error of what was to be put.
func (s *Store) unread(u upload, err error) error {
	return fmt.Errorf("%s: %s/%s: %w", u.op, s.bucket, s.prefix+u.key, err)
}

func digest(data []byte) *string {
	sum := sha256.Sum256(data)
	return aws.String(base64.StdEncoding.EncodeToString(sum[:]))
}

func (s *Store) putWhole(ctx context.Context, u upload, data []byte) error {
	_, err := s.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &s.bucket, Key: s.name(u.key), Body: bytes.NewReader(data), IfNoneMatch: u.ifNone,
		ContentLength: aws.Int64(int64(len(data))), ContentType: aws.String(blobType), ChecksumSHA256: digest(data),
	})
	err = s.failed(ctx, u.op, u.key, err)
	if u.ifNone != nil && isNotImplemented(err) {
		u.ifNone = nil
		return s.putWhole(ctx, u, data)
	}
	return s.settle(ctx, u, err)
}

// isNotImplemented reports whether a server does not know conditional writes.
func isNotImplemented(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && (e.Status == http.StatusNotImplemented || e.Code == "NotImplemented")
}

// settle tells whether a conflict between two that create was lost to the other.
func (s *Store) settle(ctx context.Context, u upload, err error) error {
	e, ok := errors.AsType[*Error](err)
	if ok && u.ifNone != nil && e.Status == http.StatusConflict {
		if there := s.refuseExisting(ctx, u); errors.Is(there, fs.ErrExist) {
			return there
		}
	}
	return err
}

func (s *Store) putParts(ctx context.Context, u upload, part *bytes.Buffer, r io.Reader, most int64) error {
	begun, err := s.client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{
		Bucket: &s.bucket, Key: s.name(u.key), ContentType: aws.String(blobType),
		ChecksumAlgorithm: types.ChecksumAlgorithmSha256,
	})
	if err != nil {
		return s.failed(ctx, u.op, u.key, err)
	}
	u.id = begun.UploadId
	if err := s.sendParts(ctx, &u, part, r, most); err != nil {
		return errors.Join(err, s.abort(ctx, u.key, u.id))
	}
	return nil
}

// sendParts sends the part that was read, and all others.
func (s *Store) sendParts(ctx context.Context, u *upload, part *bytes.Buffer, r io.Reader, most int64) error {
	for last := false; ; {
		if err := s.sendPart(ctx, u, part.Bytes()); err != nil {
			return err
		}
		if last {
			break
		}
		var err error
		if last, err = fill(part, r, most); err != nil {
			return s.unread(*u, err)
		}
		if last && part.Len() == 0 {
			break
		}
	}
	return s.settle(ctx, *u, s.complete(ctx, u))
}

func (s *Store) sendPart(ctx context.Context, u *upload, data []byte) error {
	if len(u.parts) == mostParts {
		return s.unread(*u, ErrTooLarge)
	}
	number, sum := aws.Int32(int32(len(u.parts)+1)), digest(data)
	sent, err := s.client.UploadPart(ctx, &s3.UploadPartInput{
		Bucket: &s.bucket, Key: s.name(u.key), UploadId: u.id, PartNumber: number,
		Body: bytes.NewReader(data), ContentLength: aws.Int64(int64(len(data))), ChecksumSHA256: sum,
	})
	if err != nil {
		return s.failed(ctx, u.op, u.key, err)
	}
	u.parts = append(u.parts, types.CompletedPart{PartNumber: number, ETag: sent.ETag, ChecksumSHA256: sent.ChecksumSHA256})
	return nil
}

func (s *Store) complete(ctx context.Context, u *upload) error {
	done, err := s.client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: &s.bucket, Key: s.name(u.key), UploadId: u.id, IfNoneMatch: u.ifNone,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: u.parts},
	})
	err = s.failed(ctx, u.op, u.key, err)
	if u.ifNone != nil && isNotImplemented(err) {
		u.ifNone = nil
		return s.complete(ctx, u)
	}
	if err == nil && aws.ToString(done.ETag) == "" {
		return s.unsaid(u.op, u.key, "an answer that does not say that there is a blob")
	}
	return err
}

// abort has the server forget an upload, even if ctx has ended.
func (s *Store) abort(ctx context.Context, key string, id *string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	_, err := s.client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{
		Bucket: &s.bucket, Key: s.name(key), UploadId: id,
	})
	err = s.failed(ctx, "end upload", key, err)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok && e.Code == "NoSuchUpload" {
		return nil
	}
	return err
}
