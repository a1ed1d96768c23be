package blobs3

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"codeberg.org/godwit/godwit/portability"
)

// List implements [portability.BlobLister]. Objects whose names are no keys are left
// out: they are somebody else's.
func (s *Store) List(ctx context.Context, prefix, after string) iter.Seq2[portability.Blob, error] {
	return func(yield func(portability.Blob, error) bool) {
		err := portability.CheckBlobPrefix(prefix)
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			yield(portability.Blob{}, fmt.Errorf("list blobs: %w", err))
			return
		}
		if err := s.list(ctx, prefix, after, func(b portability.Blob) bool { return yield(b, nil) }); err != nil {
			yield(portability.Blob{}, err)
		}
	}
}

func (s *Store) list(ctx context.Context, prefix, after string, yield func(portability.Blob) bool) error {
	for {
		page, err := s.client.ListObjectsV2(ctx, s.page(prefix, after))
		if err != nil {
			return s.failed(ctx, "list blobs", prefix, err)
		}
		before := after
		for _, object := range page.Contents {
			key, ours := strings.CutPrefix(named(page.EncodingType, object.Key), s.prefix)
			if !ours || !strings.HasPrefix(key, prefix) || key <= after {
				return s.said("list blobs", prefix, "a list that is not in order")
			}
			after = key
			blob := portability.Blob{Key: key, Size: aws.ToInt64(object.Size), Modified: aws.ToTime(object.LastModified).UTC()}
			if portability.CheckBlobKey(key) == nil && !yield(blob) {
				return nil
			}
		}
		if !aws.ToBool(page.IsTruncated) {
			return nil
		}
		if after == before {
			return s.said("list blobs", prefix, "a page with nothing")
		}
	}
}

// page asks for what comes behind a key. Pages are not asked for by the server's
// tokens: where a list was left is known without them.
func (s *Store) page(prefix, after string) *s3.ListObjectsV2Input {
	in := &s3.ListObjectsV2Input{Bucket: &s.bucket, Prefix: s.name(prefix), EncodingType: types.EncodingTypeUrl}
	if after != "" {
		in.StartAfter = s.name(after)
	}
	return in
}

// named returns the name of an object. Names are asked for in the form of a URL's query,
// as others' may have what no XML can hold; not every server does it.
func named(coding types.EncodingType, name *string) string {
	if coding == types.EncodingTypeUrl {
		if plain, err := url.QueryUnescape(aws.ToString(name)); err == nil {
			return plain
		}
	}
	return aws.ToString(name)
}

// Remove implements [portability.Blobs].
func (s *Store) Remove(ctx context.Context, key string) error {
	const op = "remove blob"
	if err := s.use(ctx, op, key); err != nil {
		return err
	}
	_, err := s.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.bucket, Key: s.name(key)})
	if err = s.failed(ctx, op, key, err); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

const moving = "move blob"

// mostCopied is how large an object may be that a server copies at once.
const mostCopied = 5 << 30

// Move implements [portability.BlobMover]. The server copies; what is larger than
// 5 GiB is read and put. A process that is killed meanwhile leaves both.
func (s *Store) Move(ctx context.Context, from, to string) error {
	if err := s.use(ctx, moving, to); err != nil {
		return err
	}
	found, err := s.Stat(ctx, from)
	if err != nil || from == to {
		return err
	}
	if found.Size > mostCopied {
		err = s.copy(ctx, from, to)
	} else {
		err = s.copyThere(ctx, from, to)
	}
	if err == nil {
		err = s.compare(ctx, found, to)
	}
	if err != nil {
		return err
	}
	return s.Remove(ctx, from)
}

// copyThere has the server copy.
func (s *Store) copyThere(ctx context.Context, from, to string) error {
	source := s.bucket + "/" + s.prefix + from // none of it needs encoding
	_, err := s.client.CopyObject(ctx, &s3.CopyObjectInput{Bucket: &s.bucket, Key: s.name(to), CopySource: &source})
	return s.failed(ctx, moving, from, err)
}

// compare makes sure that there is a copy, before what was copied is removed. What a
// server says of copying is too little: its answer begins before it has.
func (s *Store) compare(ctx context.Context, from portability.Blob, to string) error {
	made, err := s.Stat(ctx, to)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return s.unsaid(moving, from.Key, "a copy that is not there")
	case err == nil && made.Size != from.Size:
		return s.unsaid(moving, from.Key, fmt.Sprintf("a copy of %d bytes in place of %d", made.Size, from.Size))
	}
	return err
}

func (s *Store) copy(ctx context.Context, from, to string) error {
	r, size, err := s.Open(ctx, from)
	if err != nil {
		return err
	}
	return errors.Join(s.Put(ctx, to, r, size), r.Close())
}

// Sweep has the server forget uploads that were begun before a time and not ended,
// and returns how many there were. Let that be longer ago than an upload takes.
//
// Uploads of names that are no keys are left out, as by List: they are somebody else's.
func (s *Store) Sweep(ctx context.Context, before time.Time) (n int, err error) {
	const op = "sweep uploads"
	in := &s3.ListMultipartUploadsInput{Bucket: &s.bucket, Prefix: aws.String(s.prefix), EncodingType: types.EncodingTypeUrl}
	seen := map[string]bool{} // ids that pages of one key ended with
	for {
		page, err := s.client.ListMultipartUploads(ctx, in)
		if err != nil {
			return n, s.failed(ctx, op, "", err)
		}
		ended, err := s.sweep(ctx, page, before)
		n += ended
		if err != nil || !aws.ToBool(page.IsTruncated) {
			return n, err
		}
		last, next, id := aws.ToString(in.KeyMarker), named(page.EncodingType, page.NextKeyMarker), aws.ToString(page.NextUploadIdMarker)
		if next > last {
			clear(seen)
		}
		if next == "" || next < last || seen[id] {
			return n, s.said(op, "", "a list that is not in order")
		}
		seen[id] = true
		in.KeyMarker, in.UploadIdMarker = &next, &id
	}
}

// sweep ends uploads of one page of a list.
func (s *Store) sweep(ctx context.Context, page *s3.ListMultipartUploadsOutput, before time.Time) (n int, err error) {
	for _, u := range page.Uploads {
		key, ours := strings.CutPrefix(named(page.EncodingType, u.Key), s.prefix)
		ours = ours && portability.CheckBlobKey(key) == nil
		if !ours || u.Initiated == nil || !u.Initiated.Before(before) {
			continue
		}
		if err := s.abort(ctx, key, u.UploadId); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
