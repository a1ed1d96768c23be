package httpsig

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"strings"

	"github.com/dunglas/httpsfv"
)

// MakeDigest returns the value of a Digest header (RFC 3230) for body.
func MakeDigest(body []byte) string {
	sum := sha256.Sum256(body)
	return "SHA-256=" + base64.StdEncoding.EncodeToString(sum[:])
}

// MakeContentDigest returns the value of a Content-Digest header (RFC 9530)
// for body.
func MakeContentDigest(body []byte) string {
	sum := sha256.Sum256(body)
	return "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
}

// CheckDigest compares the lines of a Digest header with body. Names are read
// in any case; every SHA-256 and SHA-512 must match and one of them must be
// there; others are skipped. The error is a [*RefusedError] of reason
// [Digest].
func CheckDigest(lines []string, body []byte) error {
	known := 0
	for _, line := range lines {
		for entry := range strings.SplitSeq(line, ",") {
			name, text, _ := strings.Cut(strings.TrimSpace(entry), "=")
			name = strings.ToLower(name)
			if name != "sha-256" && name != "sha-512" {
				continue
			}
			value, err := base64.StdEncoding.DecodeString(text)
			if err != nil {
				return refuse(Digest, "the Digest header is not base64")
			}
			if err := checkSum(name, value, body); err != nil {
				return err
			}
			known++
		}
	}
	if known == 0 {
		return refuse(Digest, "the request has no Digest header with SHA-256 or SHA-512")
	}
	return nil
}

// CheckContentDigest is [CheckDigest] for Content-Digest (RFC 9530).
func CheckContentDigest(lines []string, body []byte) error {
	if len(lines) == 1 && isPlainSHA256(lines[0], body) {
		return nil
	}
	digests, err := httpsfv.UnmarshalDictionary(lines)
	if err != nil {
		return refuse(Digest, "the Content-Digest header is malformed")
	}
	known := 0
	for _, name := range digests.Names() {
		if name != "sha-256" && name != "sha-512" {
			continue
		}
		member, _ := digests.Get(name)
		item, _ := member.(httpsfv.Item)
		value, ok := item.Value.([]byte)
		if !ok {
			return refuse(Digest, "the Content-Digest header holds no bytes")
		}
		if err := checkSum(name, value, body); err != nil {
			return err
		}
		known++
	}
	if known == 0 {
		return refuse(Digest, "the request has no Content-Digest header with sha-256 or sha-512")
	}
	return nil
}

// isPlainSHA256 reports whether line is what [MakeContentDigest] gives; that is
// quicker than parsing it, and nearly always true.
func isPlainSHA256(line string, body []byte) bool {
	const head, tail = "sha-256=:", ":"
	var text [44]byte
	if len(line) != len(head)+len(text)+len(tail) || line[:len(head)] != head || line[len(line)-1:] != tail {
		return false
	}
	sum := sha256.Sum256(body)
	base64.StdEncoding.Encode(text[:], sum[:])
	return line[len(head):len(line)-1] == string(text[:])
}

// checkSum needs no constant time: the digest is no secret.
func checkSum(name string, value, body []byte) error {
	var equal bool
	if name == "sha-256" {
		sum := sha256.Sum256(body)
		equal = bytes.Equal(sum[:], value)
	} else {
		sum := sha512.Sum512(body)
		equal = bytes.Equal(sum[:], value)
	}
	if !equal {
		return refuse(Digest, "the %s is not that of the body", name)
	}
	return nil
}
