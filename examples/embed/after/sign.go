package main

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// signedParts are the parts of a request that a signature covers.
const signedParts = "(request-target) host date digest"

// sign signs a request as nearly all servers understand it
// (draft-cavage-http-signatures).
func sign(r *http.Request, keyID string, key *rsa.PrivateKey, body []byte) error {
	r.Header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	r.Header.Set("Digest", digestOf(body))
	hash := sha256.Sum256([]byte(signedText(r, signedParts)))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, hash[:])
	if err != nil {
		return err
	}
	r.Header.Set("Signature", fmt.Sprintf(`keyId="%s",algorithm="rsa-sha256",headers="%s",signature="%s"`,
		keyID, signedParts, base64.StdEncoding.EncodeToString(signature)))
	return nil
}

// signedText is what is signed of a request.
func signedText(r *http.Request, parts string) string {
	var lines []string
	for part := range strings.FieldsSeq(parts) {
		value := strings.Join(r.Header.Values(part), ", ")
		switch part {
		case "(request-target)":
			value = strings.ToLower(r.Method) + " " + r.URL.RequestURI()
		case "host":
			value = r.Host
		}
		lines = append(lines, part+": "+value)
	}
	return strings.Join(lines, "\n")
}

func digestOf(body []byte) string {
	hash := sha256.Sum256(body)
	return "SHA-256=" + base64.StdEncoding.EncodeToString(hash[:])
}

// digest makes a name of fixed length from a longer one.
func digest(name string) string {
	hash := sha256.Sum256([]byte(name))
	return hex.EncodeToString(hash[:])
}
