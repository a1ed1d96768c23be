package main

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

var parameter = regexp.MustCompile(`(\w+)="([^"]*)"`)

// verify checks the signature of a request (draft-cavage-http-signatures, RSA)
// and returns whose it is.
func (s *server) verify(r *http.Request, body []byte) (string, error) {
	given := map[string]string{}
	for _, found := range parameter.FindAllStringSubmatch(r.Header.Get("Signature"), -1) {
		given[found[1]] = found[2]
	}
	covered := strings.Fields(given["headers"])
	for part := range strings.FieldsSeq(signedParts) {
		if !slices.Contains(covered, part) {
			return "", errors.New("the signature does not cover " + part)
		}
	}
	at, err := http.ParseTime(r.Header.Get("Date"))
	if err != nil || time.Since(at).Abs() > time.Hour || r.Header.Get("Digest") != digestOf(body) {
		return "", errors.New("the date or the digest does not fit")
	}
	signature, err := base64.StdEncoding.DecodeString(given["signature"])
	if err != nil {
		return "", errors.New("the signature is not well-formed")
	}
	owner, _, _ := strings.Cut(given["keyId"], "#")
	there, err := s.fetch(r.Context(), owner)
	if err != nil {
		return "", err
	}
	key, err := parseKey(there.PublicKey.PEM)
	if err != nil || there.PublicKey.ID != given["keyId"] || there.PublicKey.Owner != owner {
		return "", errors.New("the key is not its owner's")
	}
	hash := sha256.Sum256([]byte(signedText(r, given["headers"])))
	return owner, rsa.VerifyPKCS1v15(key, crypto.SHA256, hash[:], signature)
}

func parseKey(text string) (*rsa.PublicKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("the key is not well-formed")
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	public, ok := key.(*rsa.PublicKey)
	if !ok {
		return nil, errors.New("the key is no RSA key")
	}
	return public, nil
}
