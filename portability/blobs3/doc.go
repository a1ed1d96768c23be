// Package blobs3 keeps media and archives in a bucket of an S3 server, of Amazon or
// anybody, as [portability.Blobs].
//
// A host calls [New] with the bucket and its keys, and gives the [Store] to a
// [portability.MediaStore] or whoever writes archives. [Store.Check] says at once
// whether the bucket can be reached. [Store.Sweep] is called now and then: what a
// process that was killed has left of an upload is seen by nobody, and paid for.
//
// It asks of the server: PutObject, GetObject with Range, HeadObject, DeleteObject,
// ListObjectsV2, CopyObject and uploads in parts. Every request is signed with the
// digest of its body. Conditional writes make [Store.Create] safe against others where
// the server has them. It makes no bucket, no link for others, and knows no credentials
// but those it is given.
//
// For blobs in a directory, see package portability/blobdir.
package blobs3
