package actor

import "errors"

var errBase58 = errors.New("not base58btc")

const base58Alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// maxBase58 is the longest text that decodeBase58 reads. The largest thing
// written in it here, an RSA key of 8192 bits, needs about 1,420 characters;
// the work grows with the square of the length.
const maxBase58 = 2048

// encodeBase58 writes data in base58btc, without the multibase prefix "z".
func encodeBase58(data []byte) string {
	zeros := 0
	for zeros < len(data) && data[zeros] == 0 {
		zeros++
	}
	var digits []byte // of base 58, the lowest first
	for _, b := range data[zeros:] {
		carry := int(b)
		for i := range digits {
			carry += int(digits[i]) << 8
			digits[i] = byte(carry % 58)
			carry /= 58
		}
		for ; carry > 0; carry /= 58 {
			digits = append(digits, byte(carry%58))
		}
	}
	text := make([]byte, 0, zeros+len(digits))
	for range zeros {
		text = append(text, base58Alphabet[0])
	}
	for i := len(digits) - 1; i >= 0; i-- {
		text = append(text, base58Alphabet[digits[i]])
	}
	return string(text)
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
	var octets []byte // the lowest first
	for i := zeros; i < len(text); i++ {
		carry := base58Digit(text[i])
		if carry < 0 {
			return nil, errBase58
		}
		for j := range octets {
			carry += int(octets[j]) * 58
			octets[j] = byte(carry)
			carry >>= 8
		}
		for ; carry > 0; carry >>= 8 {
			octets = append(octets, byte(carry))
		}
	}
	data := make([]byte, zeros+len(octets))
	for i, b := range octets {
		data[len(data)-1-i] = b
	}
	return data, nil
}

func base58Digit(c byte) int {
	for i := range len(base58Alphabet) {
		if base58Alphabet[i] == c {
			return i
		}
	}
	return -1
}
