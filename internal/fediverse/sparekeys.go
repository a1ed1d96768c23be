package fediverse

import (
	"sync"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

// SpareKeys hands out a few RSA keys again and again, for making one takes most of the
// time of a test with many accounts. Two accounts that are made one after the other
// have different keys. The zero value has none yet, and makes them as they are asked for.
type SpareKeys struct {
	mu   sync.Mutex
	keys []string // in PEM
	next int
}

// spares is how many different keys there are.
const spares = 16

// RSA returns the next key, as one of the owner's.
func (s *SpareKeys) RSA(owner vocab.IRI) (actor.PrivateKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.keys) < spares {
		key, err := actor.GenerateRSA(owner)
		if err != nil {
			return key, err
		}
		text, err := key.PEM()
		s.keys = append(s.keys, text)
		return key, err
	}
	text := s.keys[s.next%spares]
	s.next++
	return actor.ParsePrivatePEM(actor.MainKeyID(owner), owner, text)
}

// newRSA makes a key as the configuration says.
func (c *Config) newRSA(owner vocab.IRI) (actor.PrivateKey, error) {
	if c.RSA != nil {
		return c.RSA(owner)
	}
	return actor.GenerateRSA(owner)
}
