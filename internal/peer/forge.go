package peer

import (
	"bytes"
	"context"
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/internal/httpsig"
	"codeberg.org/godwit/godwit/internal/safehttp"
	"codeberg.org/godwit/godwit/vocab"
)

// A signing puts a signature, good or bad, on a request that is about to go
// out with this body.
type signing func(r *http.Request, body []byte) error

// A Sent is one request that was sent, and what came back.
type Sent struct {
	Inbox vocab.IRI `json:"inbox"`
	// Body is what was sent, cut after four kilobytes; Bytes its whole length.
	Body  string `json:"body"`
	Bytes int    `json:"bytes"`
	// Headers are those of the signature.
	Headers map[string][]string `json:"headers,omitzero"`
	// Status is what the inbox answered; 0 if nothing came.
	Status int    `json:"status"`
	Error  string `json:"error,omitzero"` // why nothing came
}

const shownBody = 4 << 10

// post sends one request as it is told to. That the inbox refuses it, or cannot
// be reached, is no error but what is reported.
func (p *Peer) post(ctx context.Context, inbox vocab.IRI, body []byte, sign signing) (Sent, error) {
	sent := Sent{Inbox: inbox, Body: string(body[:min(len(body), shownBody)]), Bytes: len(body)}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, string(inbox.Document()), bytes.NewReader(body))
	if err != nil || inbox.Origin() == "" {
		return sent, &apiError{http.StatusBadRequest, "the inbox is no http or https URL"}
	}
	r.Header.Set("Content-Type", `application/ld+json; profile="https://www.w3.org/ns/activitystreams"`)
	r.Header.Set("User-Agent", "godwit-peer (+https://codeberg.org/godwit/godwit)")
	r.Header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	if sign != nil {
		if err := sign(r, body); err != nil {
			return sent, fmt.Errorf("sign request: %w", err)
		}
	}
	sent.Headers = signatureHeaders(r.Header)
	answer, err := p.http.Post(r)
	if refused, ok := errors.AsType[*safehttp.Error](err); ok && !errors.Is(err, safehttp.ErrPrivate) {
		sent.Error = refused.Error()
		return sent, nil
	}
	if err != nil {
		return sent, &apiError{http.StatusBadGateway, err.Error() + "; a server on a private network is named with -trust host:port"}
	}
	sent.Status = answer.StatusCode
	return sent, nil
}

func signatureHeaders(all http.Header) map[string][]string {
	shown := map[string][]string{}
	for _, name := range []string{"Date", "Digest", "Content-Digest", "Signature-Input", "Signature"} {
		if values := all.Values(name); len(values) > 0 {
			shown[name] = values
		}
	}
	return shown
}

// signWith signs properly, at any time.
func signWith(key actor.PrivateKey, scheme httpsig.Scheme, at time.Time) signing {
	return func(r *http.Request, body []byte) error {
		return httpsig.Sign(r, body, scheme, string(key.ID), key.Signer, at, nil)
	}
}

// overBody signs another body than the one that is sent.
func overBody(signed []byte, sign signing) signing {
	return func(r *http.Request, _ []byte) error { return sign(r, signed) }
}

// signFor signs the request as if it went to another host.
func signFor(host string, sign signing) signing {
	return func(r *http.Request, body []byte) error {
		other := r.Clone(r.Context())
		u, err := url.Parse("https://" + host + r.URL.RequestURI())
		if err != nil {
			return err
		}
		other.URL, other.Host = u, host
		if err := sign(other, body); err != nil {
			return err
		}
		r.Header = other.Header
		return nil
	}
}

// cavageOver signs only these parts, after draft-cavage.
func cavageOver(key actor.PrivateKey, covered ...string) signing {
	return func(r *http.Request, body []byte) error {
		r.Header.Set("Digest", httpsig.MakeDigest(body))
		sum := sha256.Sum256([]byte(cavageText(r, covered)))
		value, err := key.Signer.Sign(rand.Reader, sum[:], crypto.SHA256)
		if err != nil {
			return err
		}
		r.Header.Set("Signature", cavageHeader(key.ID, "rsa-sha256", covered, value))
		return nil
	}
}

// hmacWith makes the HMAC that a verifier makes who lets the request choose
// the algorithm, and takes the public key for the secret.
func hmacWith(key actor.Key) signing {
	return func(r *http.Request, body []byte) error {
		covered := []string{"(request-target)", "host", "date", "digest"}
		r.Header.Set("Digest", httpsig.MakeDigest(body))
		mac := hmac.New(sha256.New, []byte(key.PEM()))
		mac.Write([]byte(cavageText(r, covered)))
		r.Header.Set("Signature", cavageHeader(key.ID, "hmac-sha256", covered, mac.Sum(nil)))
		return nil
	}
}

// cavageText is what is signed (draft-cavage-http-signatures-12, section 2.3).
func cavageText(r *http.Request, covered []string) string {
	var lines []string
	for _, name := range covered {
		value := r.Header.Get(name)
		switch name {
		case "(request-target)":
			value = strings.ToLower(r.Method) + " " + r.URL.RequestURI()
		case "host":
			value = r.URL.Host
		}
		lines = append(lines, name+": "+value)
	}
	return strings.Join(lines, "\n")
}

func cavageHeader(key vocab.IRI, algorithm string, covered []string, value []byte) string {
	return fmt.Sprintf(`keyId="%s",algorithm="%s",headers="%s",signature="%s"`,
		key, algorithm, strings.Join(covered, " "), base64.StdEncoding.EncodeToString(value))
}

// twoLabels puts a second signature, in somebody else's name, before one after
// RFC 9421.
func twoLabels(sign signing, keyID vocab.IRI) signing {
	return func(r *http.Request, body []byte) error {
		if err := sign(r, body); err != nil {
			return err
		}
		input, value := r.Header.Get("Signature-Input"), r.Header.Get("Signature")
		r.Header.Set("Signature-Input", forgedInput("sig0", keyID)+", "+input)
		r.Header.Set("Signature", forgedValue("sig0")+", "+value)
		return nil
	}
}

// bothSchemes puts a signature after RFC 9421, in somebody else's name, beside
// one after draft-cavage.
func bothSchemes(sign signing, keyID vocab.IRI) signing {
	return func(r *http.Request, body []byte) error {
		if err := sign(r, body); err != nil {
			return err
		}
		r.Header.Set("Content-Digest", httpsig.MakeContentDigest(body))
		r.Header.Set("Signature-Input", forgedInput("sig1", keyID))
		r.Header.Add("Signature", forgedValue("sig1"))
		return nil
	}
}

func forgedInput(label string, keyID vocab.IRI) string {
	return fmt.Sprintf(`%s=("@method" "@target-uri" "content-digest");created=%d;keyid="%s"`, label, time.Now().Unix(), keyID)
}

func forgedValue(label string) string {
	return label + "=:" + base64.StdEncoding.EncodeToString(make([]byte, 256)) + ":"
}
