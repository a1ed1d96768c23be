package portability

import "codeberg.org/godwit/godwit/vocab"

// A Ref names one item of an account. Two items with the same Ref are the same
// thing, wherever they come from.
type Ref struct {
	Kind Kind `json:"kind"`
	// ID is the object's id; for accounts their actor id, or "acct:" and the
	// handle where only that is known; for domains the name; for media
	// "sha256:" and the digest in hex.
	ID string `json:"id"`
}

// An Item is one thing that belongs to an account, as its source has it.
type Item struct {
	Ref
	// Object is the document of record. Nil where Raw stands for it.
	Object *vocab.Object
	// Activity is what brought a piece of content into the outbox, its Create,
	// where the source has that, with Object in it. It is kept beside the
	// content, and says nothing that the content does not; who has no place for
	// it leaves it out.
	Activity *vocab.Object
	// Raw is what could not be read as a document, byte for byte.
	Raw []byte
	// Media are the files that the item uses, in the order of its attachments.
	Media []Medium
	// Problems are what is wrong with this item. An item may be all problem:
	// then it has neither Object nor Raw.
	Problems []Problem
	// Placed is what an [Engine] has decided of it; nil where nothing was.
	Placed *Placed
	// Next resumes behind this item, see [Source.Items]. It is opaque, only
	// this source's, and never empty.
	Next string
}

// Fatal returns the first problem that keeps the item from being used, if any.
func (i Item) Fatal() (Problem, bool) {
	for _, p := range i.Problems {
		if p.Fatal {
			return p, true
		}
	}
	return Problem{}, false
}

// size is how many bytes of documents an item holds.
func (i Item) size() int {
	n := len(i.Raw)
	for _, o := range []*vocab.Object{i.Object, i.Activity} {
		if o != nil {
			n += len(o.Bytes())
		}
	}
	return n
}

// count returns how many problems have the reason.
func (i Item) count(r Reason) int {
	n := 0
	for _, p := range i.Problems {
		if p.Reason == r {
			n++
		}
	}
	return n
}

// A Problem is one thing that is wrong with one item. It is a value, not the end
// of reading.
type Problem struct {
	Reason Reason
	// Detail says where, for people. It holds no private text.
	Detail string
	// Fatal: the item cannot be used. Otherwise it can, with this known.
	Fatal bool
}

// A Medium is one file, and what is known of it. What an archive says of a file
// is not believed: the one who opens it compares.
type Medium struct {
	URL    vocab.IRI // where it stood at the old server; "" if unknown
	Path   string    // where it stands in its source; opaque
	Digest string    // SHA-256 in hex; "" if not known before it was read
	Type   string    // media type as the source has it; "" if unknown
	Size   int64     // in bytes; -1 if unknown
}
