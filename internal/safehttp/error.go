package safehttp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
)

// Why a request failed without an answer that can be used. An [Error] wraps
// one of these, or context.Canceled.
var (
	ErrPrivate    = errors.New("the address is not on the public network")
	ErrScheme     = errors.New("the scheme is not http or https")
	ErrUserinfo   = errors.New("the URL holds user information")
	ErrTimeout    = errors.New("no whole answer in time")
	ErrConnection = errors.New("no connection")
	ErrRedirects  = errors.New("too many redirects")
	ErrLocation   = errors.New("a redirect leads nowhere")
	ErrTooLarge   = errors.New("the answer is too large")
)

// ErrUnknownHost is the [ErrConnection] of a host that DNS does not know.
var ErrUnknownHost = fmt.Errorf("%w: DNS knows no such host", ErrConnection)

// An Error says which host a request failed at. Its text never holds a path
// or a query.
type Error struct {
	Host string // with its port, if the URL had one
	// Answered means that the host which was asked first did answer: what
	// failed came after the head of an answer, or at another host.
	Answered bool
	Err      error
}

func (e *Error) Error() string { return fmt.Sprintf("request to %s: %v", e.Host, e.Err) }

func (e *Error) Unwrap() error { return e.Err }

// classify reduces an error of the transport to what is told about it.
func classify(ctx context.Context, err error) error {
	for _, known := range []error{
		ErrPrivate, ErrScheme, ErrUserinfo, ErrRedirects, ErrLocation, ErrTooLarge,
	} {
		if errors.Is(err, known) {
			return known
		}
	}
	if own, ok := errors.AsType[*prepareError](err); ok {
		return own
	}
	timeout, isNet := errors.AsType[net.Error](err)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return context.Canceled
	case ctx.Err() != nil, errors.Is(err, os.ErrDeadlineExceeded), isNet && timeout.Timeout():
		return ErrTimeout
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		if dns.IsNotFound {
			return ErrUnknownHost
		}
		return fmt.Errorf("%w: DNS cannot say now where the host is", ErrConnection)
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return fmt.Errorf("%w: %s: %v", ErrConnection, op.Op, op.Err)
	}
	if headerTooLarge(err) {
		return ErrTooLarge
	}
	if certificate, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return fmt.Errorf("%w: the certificate %s", ErrConnection, certificateFault(certificate))
	}
	// The transport's own errors may quote what the peer sent.
	return fmt.Errorf("%w: the answer is no HTTP", ErrConnection)
}

// certificateFault says what is wrong with a certificate without quoting it:
// whoever wrote it chose the names in it.
func certificateFault(err error) string {
	invalid, isInvalid := errors.AsType[x509.CertificateInvalidError](err)
	_, isUnknown := errors.AsType[x509.UnknownAuthorityError](err)
	_, isOther := errors.AsType[x509.HostnameError](err)
	switch {
	case isInvalid && invalid.Reason == x509.Expired:
		return "has expired or is not valid yet"
	case isUnknown:
		return "is not from an authority that is known here"
	case isOther:
		return "is for another host"
	}
	return "does not hold"
}

// headerTooLarge knows the transport's errors for Options.HeaderBytes, of
// HTTP/1 and HTTP/2, by their text: they have no type.
func headerTooLarge(err error) bool {
	text := err.Error()
	return strings.Contains(text, "server response headers exceeded") ||
		strings.Contains(text, "response header list larger than advertised limit")
}
