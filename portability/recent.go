package portability

import "crypto/sha256"

// remembered is how many files Copy remembers to have put. A sink knows the
// others by their digests, so forgetting one costs a transfer, not a duplicate.
const remembered = 1 << 16

// A fileKey stands for where a file is in its source.
type fileKey [16]byte

// recent remembers the last files that were put, in bounded memory.
type recent struct {
	known map[fileKey]struct{}
	order []fileKey // a ring once it is full
	at    int
}

func keyOf(m Medium) fileKey {
	sum := sha256.Sum256([]byte(m.Path + "\x00" + string(m.URL)))
	return fileKey(sum[:16])
}

func (r *recent) has(m Medium) bool {
	_, ok := r.known[keyOf(m)]
	return ok
}

func (r *recent) add(m Medium) {
	if r.known == nil {
		r.known = map[fileKey]struct{}{}
	}
	key := keyOf(m)
	r.known[key] = struct{}{}
	if len(r.order) < remembered {
		r.order = append(r.order, key)
		return
	}
	delete(r.known, r.order[r.at])
	r.order[r.at] = key
	r.at = (r.at + 1) % remembered
}
