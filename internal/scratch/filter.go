package scratch

import "encoding/binary"

// filterSize is in words of 64 bits: 4 MiB, enough for three million keys. With
// more of them it says "perhaps" too often, and looking takes longer.
const filterSize = 1 << 19

// A filter says of a key that it was never added, or that it perhaps was (Bloom,
// with the four bits of a key in one word). The zero one has no keys and takes no
// memory.
type filter struct{ words []uint64 }

func (f *filter) make() {
	if f.words == nil {
		f.words = make([]uint64, filterSize)
	}
}

// bits returns the word and the bits in it that are the key's. Keys that were not
// hashed are mixed.
func bits(key Key) (word int, mask uint64) {
	h := binary.LittleEndian.Uint64(key[:]) ^ binary.LittleEndian.Uint64(key[8:])*0x9e3779b97f4a7c15
	h ^= h >> 32
	h *= 0xd6e8feb86659fd93
	h ^= h >> 32
	word = int(h % filterSize)
	h >>= 24
	for range 4 {
		mask |= 1 << (h & 63)
		h >>= 6
	}
	return word, mask
}

func (f *filter) add(key Key) {
	word, mask := bits(key)
	f.words[word] |= mask
}

func (f *filter) has(key Key) bool {
	if f.words == nil {
		return false
	}
	word, mask := bits(key)
	return f.words[word]&mask == mask
}
