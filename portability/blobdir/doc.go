// Package blobdir keeps media and archives in a directory, as [portability.Blobs]:
// nothing is to be installed for it, and what is stored can be read, copied and
// checked with the tools of the system.
//
// A host calls [Open] with a directory that is empty, or that Open made before, and
// gives the [Dir] to a [portability.MediaStore] or whoever writes archives. Several
// processes may have one directory open.
//
// A blob is a file of its own. The key media/ab12 is the file
//
//	media/~ab~/ab12~
//
// where ~ab~ has all names that begin with these two characters, so that no folder
// becomes large where names are digests. What is being written lies in ~temp, in a
// folder of each process, until it is whole and safe on the disk. What a process that
// was killed has left there is removed when the directory is opened next; it is never
// seen. In ~blobs stands the version of all this.
//
// For blobs on an S3 server, see package portability/blobs3.
package blobdir
