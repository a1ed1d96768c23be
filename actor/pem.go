package actor

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"
)

// maxPEM is the longest PEM text that is read; an RSA key of 4096 bits, private
// half included, needs about 3,300 bytes.
const maxPEM = 16 << 10

// ParsePEM reads a publicKeyPem: an RSA key of 2048 to 4096 bits or an Ed25519
// key, as SubjectPublicKeyInfo ("PUBLIC KEY") or PKCS#1 ("RSA PUBLIC KEY"). It
// takes the text as servers really publish it: with "\n" written out, with
// CRLF, without the last newline, with white space around.
func ParsePEM(text string) (crypto.PublicKey, error) {
	der, err := readPEM(text, "PUBLIC KEY", "RSA PUBLIC KEY")
	if err != nil {
		return nil, fmt.Errorf("parse public key: %w", err)
	}
	public, err := parsePublic(der)
	if err != nil {
		return nil, fmt.Errorf("parse public key: %w", err)
	}
	return public, nil
}

// parsePublic tries both forms, since some servers label one as the other.
func parsePublic(der []byte) (crypto.PublicKey, error) {
	public, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return parsePKCS1(der)
	}
	if err := checkPublic(public); err != nil {
		return nil, err
	}
	return public, nil
}

// PEM writes the key as publicKeyPem has it: SubjectPublicKeyInfo, with a
// newline at the end. It is "" for a key of an unknown kind.
func (k Key) PEM() string {
	der, err := k.spki()
	if err != nil {
		return ""
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// readPEM returns the bytes of the only block in text, if it has one of the
// labels.
func readPEM(text string, labels ...string) ([]byte, error) {
	if len(text) > maxPEM {
		return nil, ErrKeyFormat
	}
	block, rest := pem.Decode([]byte(tidyPEM(text)))
	if block == nil || strings.TrimSpace(string(rest)) != "" {
		return nil, ErrKeyFormat
	}
	for _, label := range labels {
		if block.Type == label {
			return block.Bytes, nil
		}
	}
	return nil, ErrKeyFormat
}

func tidyPEM(text string) string {
	text = strings.NewReplacer(`\r`, "", `\n`, "\n", "\r", "").Replace(text)
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
	}
	return strings.Join(lines, "\n") + "\n"
}
