package actor

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
)

var errBase58 = errors.New("not base58btc")

const base58Alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// maxBase58 is the longest text that decodeBase58 reads. The largest thing
// written in it here, an RSA key of 4096 bits, needs about 720 characters;
// the work grows with the square of the length.
const maxBase58 = 1024

// Five digits are worked on at once with four octets, which is twenty times as
// fast as one with one: a server writes a key for each account that it first
// sees.
const (
	base58Limb   = 58 * 58 * 58 * 58 * 58
	digitsOfLimb = 5
)

// encodeBase58 writes data in base58btc, without the multibase prefix "z".
func encodeBase58(data []byte) string {
	zeros := 0
	for zeros < len(data) && data[zeros] == 0 {
		zeros++
	}
	var limbs []uint32 // of base 58^5, the lowest first
	for rest := data[zeros:]; len(rest) > 0; {
		n := (len(rest)-1)%4 + 1
		var carry uint64
		for _, b := range rest[:n] {
			carry = carry<<8 | uint64(b)
		}
		rest = rest[n:]
		for i, limb := range limbs {
			carry += uint64(limb) << 32
			limbs[i] = uint32(carry % base58Limb)
			carry /= base58Limb
		}
		for ; carry > 0; carry /= base58Limb {
			limbs = append(limbs, uint32(carry%base58Limb))
		}
	}
	return strings.Repeat(base58Alphabet[:1], zeros) + base58Text(limbs)
}

// base58Text writes limbs without leading zeros.
func base58Text(limbs []uint32) string {
	text := make([]byte, len(limbs)*digitsOfLimb)
	at := len(text)
	for _, limb := range limbs {
		for range digitsOfLimb {
			at--
			text[at] = base58Alphabet[limb%58]
			limb /= 58
		}
	}
	return strings.TrimLeft(string(text), base58Alphabet[:1])
}

// decodeBase58 reads base58btc without the multibase prefix "z".
func decodeBase58(text string) ([]byte, error) {
	if len(text) > maxBase58 {
		return nil, errBase58
	}
	zeros := 0
	for zeros < len(text) && text[zeros] == base58Alphabet[0] {
		zeros++
	}
	var words []uint32 // the lowest first
	for rest := text[zeros:]; rest != ""; {
		n := (len(rest)-1)%digitsOfLimb + 1
		carry, power := uint64(0), uint64(1)
		for _, c := range []byte(rest[:n]) {
			digit := base58Digit(c)
			if digit < 0 {
				return nil, errBase58
			}
			carry, power = carry*58+uint64(digit), power*58
		}
		rest = rest[n:]
		for i, word := range words {
			carry += uint64(word) * power
			words[i] = uint32(carry)
			carry >>= 32
		}
		if carry > 0 {
			words = append(words, uint32(carry))
		}
	}
	return append(make([]byte, zeros), octetsOf(words)...), nil
}

// octetsOf writes words, the lowest first, as octets without leading zeros.
func octetsOf(words []uint32) []byte {
	octets := make([]byte, 0, 4*len(words))
	for _, word := range slices.Backward(words) {
		octets = binary.BigEndian.AppendUint32(octets, word)
	}
	return bytes.TrimLeft(octets, "\x00")
}

func base58Digit(c byte) int {
	for i := range len(base58Alphabet) {
		if base58Alphabet[i] == c {
			return i
		}
	}
	return -1
}
