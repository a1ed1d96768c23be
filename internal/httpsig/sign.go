package httpsig

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/dunglas/httpsfv"
	fed "github.com/go-fed/httpsig"
)

// SignOptions adjusts [Sign]. A nil *SignOptions is the same as a zero one.
type SignOptions struct {
	// OmitQuery leaves the query out of what draft-cavage signs, for peers
	// that verify only the path. The query is sent all the same.
	OmitQuery bool
}

// Why [Sign] does not sign, besides [ErrKeyType] and [ErrKeySize].
var (
	ErrScheme = errors.New("no such signature scheme")
	ErrHost   = errors.New("the host is empty or not written in ASCII")
	ErrKeyID  = errors.New("the key id is empty or not printable ASCII")
)

// Sign signs r, which goes out next, with body as its body. It sets Date, and
// Digest or Content-Digest if there is a body or the method is POST, PUT or
// PATCH, and replaces the signature and digest headers that r had. r.Body is
// not touched.
//
// Draft-cavage covers (request-target), host, date, and with a body digest and
// content-type; it needs an *rsa.PrivateKey or an ed25519.PrivateKey. RFC 9421
// covers @method, @target-uri and content-digest, and takes any signer with
// such a public key.
func Sign(r *http.Request, body []byte, scheme Scheme, keyID string, key crypto.Signer, now time.Time, opts *SignOptions) error {
	if err := checkSigner(key); err != nil {
		return fmt.Errorf("sign request: %w", err)
	}
	o, err := outgoingRequest(r, body, keyID, key, now)
	if err != nil {
		return fmt.Errorf("sign request: %w", err)
	}
	switch scheme {
	case Cavage:
		err = o.signCavage(opts != nil && opts.OmitQuery)
	case RFC9421:
		err = o.signRFC9421()
	default:
		err = ErrScheme
	}
	if err != nil {
		return fmt.Errorf("sign request: %w", err)
	}
	return nil
}

// checkSigner asks a short Ed25519 key for nothing: its methods panic.
func checkSigner(key crypto.Signer) error {
	switch k := key.(type) {
	case nil:
		return ErrKeyType
	case ed25519.PrivateKey:
		if len(k) != ed25519.PrivateKeySize {
			return ErrKeySize
		}
	case *rsa.PrivateKey:
		if k == nil {
			return ErrKeyType
		}
	}
	return CheckKey(key.Public())
}

// An outgoing is a request about to be signed.
type outgoing struct {
	r      *http.Request
	body   []byte
	digest bool
	host   string // on the wire, with any port
	target string // on the wire: path and query
	keyID  string
	key    crypto.Signer
	now    time.Time
}

func outgoingRequest(r *http.Request, body []byte, keyID string, key crypto.Signer, now time.Time) (*outgoing, error) {
	if r.URL == nil {
		return nil, ErrHost
	}
	o := &outgoing{r: r, body: body, host: r.Host, keyID: keyID, key: key, now: now}
	if o.host == "" {
		o.host = r.URL.Host
	}
	// The transport would write another spelling of any other host.
	if o.host == "" || !printableASCII(o.host) || strings.ContainsAny(o.host, "%/") {
		return nil, ErrHost
	}
	if keyID == "" || !printableASCII(keyID) || strings.ContainsAny(keyID, `"\`) {
		return nil, ErrKeyID
	}
	o.target = r.URL.RequestURI()
	o.digest = (&message{method: r.Method, body: body}).needsDigest()
	if r.Header == nil {
		r.Header = http.Header{}
	}
	for _, name := range []string{"Signature", "Signature-Input", "Digest", "Content-Digest"} {
		r.Header.Del(name)
	}
	r.Header.Set("Date", now.UTC().Format(http.TimeFormat))
	return o, nil
}

func printableASCII(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// signCavage hands go-fed/httpsig a request of its own. The library signs
// URL.Path, so the path as it goes over the wire must stand there; it adds a
// Host header, which must not get into r; and it keeps the state of a hash, so
// each call has its own signer. It takes keys of any length, and panics on
// short ones; checkSigner has seen to that.
func (o *outgoing) signCavage(omitQuery bool) error {
	algorithm := fed.RSA_SHA256
	if _, ok := o.key.Public().(ed25519.PublicKey); ok {
		algorithm = fed.ED25519
	}
	covered, shadow := o.shadow(omitQuery)
	signer, chosen, err := fed.NewSigner([]fed.Algorithm{algorithm}, fed.DigestSha256, covered, fed.Signature, 0)
	if err != nil {
		return err
	}
	if chosen != algorithm {
		return ErrKeyType
	}
	if err := signer.SignRequest(o.key, o.keyID, shadow, nil); err != nil {
		return err
	}
	o.copySignature(shadow.Header, algorithm)
	return nil
}

// shadow returns what is covered, and a request that holds just that.
func (o *outgoing) shadow(omitQuery bool) ([]string, *http.Request) {
	path, query, _ := strings.Cut(o.target, "?")
	if omitQuery {
		query = ""
	}
	r := &http.Request{Method: o.r.Method, URL: &url.URL{Path: path, RawQuery: query}, Header: http.Header{
		"Host": {o.host},
		"Date": o.r.Header["Date"],
	}}
	covered := []string{fed.RequestTarget, "host", "date"}
	if !o.digest {
		return covered, r
	}
	covered = append(covered, "digest")
	r.Header["Digest"] = []string{MakeDigest(o.body)}
	if contentType := o.r.Header["Content-Type"]; len(contentType) > 0 {
		r.Header["Content-Type"] = contentType
		covered = append(covered, "content-type")
	}
	return covered, r
}

// copySignature takes over what the library made. It says hs2019 of every
// signature; for RSA, older receivers want the algorithm by its name. The
// parameter is not signed.
func (o *outgoing) copySignature(made http.Header, algorithm fed.Algorithm) {
	value := made.Get("Signature")
	if algorithm == fed.RSA_SHA256 {
		value = strings.Replace(value, `algorithm="hs2019"`, `algorithm="rsa-sha256"`, 1)
	}
	o.r.Header.Set("Signature", value)
	if digest := made.Get("Digest"); digest != "" {
		o.r.Header.Set("Digest", digest)
	}
}

func (o *outgoing) signRFC9421() error {
	in := &input{components: []component{{name: "@method"}, {name: "@target-uri"}}}
	if o.digest {
		o.r.Header.Set("Content-Digest", MakeContentDigest(o.body))
		in.components = append(in.components, component{name: "content-digest"})
	}
	var err error
	if in.text, err = o.params(in.components); err != nil {
		return err
	}
	scheme := strings.ToLower(o.r.URL.Scheme)
	m := &message{method: o.r.Method, target: o.target, header: o.r.Header}
	base, err := m.rfc9421Base(in, scheme+"://"+normalHost(scheme, o.host))
	if err != nil {
		return err
	}
	value, err := o.signBase(base)
	if err != nil {
		return err
	}
	o.r.Header.Set("Signature-Input", "sig1="+in.text)
	o.r.Header.Set("Signature", "sig1=:"+base64.StdEncoding.EncodeToString(value)+":")
	return nil
}

func (o *outgoing) params(components []component) (string, error) {
	params := httpsfv.NewParams()
	params.Add("created", o.now.Unix())
	params.Add("keyid", o.keyID)
	list := httpsfv.InnerList{Params: params}
	for _, c := range components {
		list.Items = append(list.Items, httpsfv.NewItem(c.name))
	}
	return httpsfv.Marshal(list)
}

func (o *outgoing) signBase(base []byte) ([]byte, error) {
	if _, ok := o.key.Public().(ed25519.PublicKey); ok {
		return o.key.Sign(rand.Reader, base, crypto.Hash(0))
	}
	sum := sha256.Sum256(base)
	return o.key.Sign(rand.Reader, sum[:], crypto.SHA256)
}
