package vectors

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/vocab"
)

// A signatureVector is one of the kind http-signature: a request as it
// arrives, and what a receiver concludes (actor/client/vectors/README.md).
type signatureVector struct {
	Header
	Request string             `json:"request"` // head and body, byte for byte
	Origin  string             `json:"origin"`  // under which the receiver is known
	Peers   map[string]Answers `json:"peers,omitempty"`
	At      time.Time          `json:"at"`     // when it arrives
	Expect  string             `json:"expect"` // accept or refuse
	Reason  string             `json:"reason,omitempty"`
	KeyID   string             `json:"keyid,omitempty"`
}

// signatureReasons lists the reasons that a vector may expect.
var signatureReasons = []client.Reason{
	client.Unsigned, client.Uncovered, client.Digest, client.Stale, client.Ambiguous,
}

func runSignature(ctx context.Context, data []byte) error {
	v := &signatureVector{}
	if err := decode(data, v); err != nil {
		return err
	}
	if err := v.check(); err != nil {
		return fmt.Errorf("read vector: %w", err)
	}
	r, body, err := v.request()
	if err != nil {
		return fmt.Errorf("read vector: %w", err)
	}
	peers := NewPeers(v.At)
	if err := peers.Set(v.Peers); err != nil {
		return fmt.Errorf("read vector: %w", err)
	}
	c := client.New(&client.Options{PublicOrigin: v.Origin, Transport: peers, Clock: peers.Now})
	verified, err := c.Verify(ctx, r, body)
	return v.compare(verified, err)
}

// check refuses a vector that expects nothing definite.
func (v *signatureVector) check() error {
	switch {
	case v.At.IsZero():
		return errors.New("at is missing")
	case vocab.IRI(v.Origin).Origin() != v.Origin || v.Origin == "":
		return fmt.Errorf("origin %q is none", v.Origin)
	case v.Expect == "accept" && v.KeyID != "" && v.Reason == "":
		return nil
	case v.Expect == "refuse" && slices.Contains(signatureReasons, client.Reason(v.Reason)):
		return nil
	}
	return fmt.Errorf("it expects %q with the reason %q and the keyid %q", v.Expect, v.Reason, v.KeyID)
}

// request reads the head as a server does. What follows the first empty line
// is the body, whatever Content-Length says.
func (v *signatureVector) request() (*http.Request, []byte, error) {
	head, body, ok := strings.Cut(v.Request, "\r\n\r\n")
	if !ok {
		return nil, nil, errors.New("the head of the request does not end")
	}
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(head + "\r\n\r\n")))
	if err != nil {
		return nil, nil, fmt.Errorf("the request: %w", err)
	}
	return r, []byte(body), nil
}

func (v *signatureVector) compare(verified *client.Verified, err error) error {
	got, err := conclusion(verified, err)
	if err != nil {
		return err
	}
	want := v.Expect + " " + v.KeyID
	if v.Expect == "refuse" {
		want = v.Expect + " " + v.Reason
	}
	if got != want {
		return fmt.Errorf("expected %s, got %s", want, got)
	}
	return nil
}

// conclusion puts into the words of a vector what the client concluded. A key
// that cannot be had, or must not be believed, leaves a request unsigned.
func conclusion(verified *client.Verified, err error) (string, error) {
	if err == nil {
		return "accept " + string(verified.KeyID), nil
	}
	if refused, ok := errors.AsType[*client.RefusedError](err); ok {
		return "refuse " + string(refused.Reason), nil
	}
	_, keyless := errors.AsType[*client.KeyError](err)
	_, gone := errors.AsType[*client.GoneError](err)
	if keyless || gone {
		return "refuse " + string(client.Unsigned), nil
	}
	return "", err
}
