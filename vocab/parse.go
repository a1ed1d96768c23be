package vocab

import (
	"errors"
	"fmt"
	"math"
)

// Limits bounds what [ParseWith] accepts. A zero field takes its default; a
// nil *Limits is the same as a zero one.
type Limits struct {
	// Bytes is the largest document. Default 1 MiB; never more than 2 GiB.
	Bytes int
	// Depth is how deep objects and arrays may nest. Default 64; never more
	// than 10,000.
	Depth int
	// Members is the largest number of members, and of array elements, in
	// the whole document. Default 200,000.
	Members int
	// AllowDuplicateNames accepts an object that names a member twice, as
	// some old exports do. Reading takes the last one; the bytes are kept.
	AllowDuplicateNames bool
}

const (
	defaultBytes   = 1 << 20
	defaultDepth   = 64
	defaultMembers = 200_000
	deepest        = 10_000 // as far as encoding/json goes
)

func (l *Limits) orDefault() Limits {
	var limits Limits
	if l != nil {
		limits = *l
	}
	if limits.Bytes == 0 {
		limits.Bytes = defaultBytes
	}
	if limits.Depth == 0 {
		limits.Depth = defaultDepth
	}
	if limits.Members == 0 {
		limits.Members = defaultMembers
	}
	return limits
}

// Why a document is refused. A [ParseError] wraps one of these.
var (
	ErrSyntax        = errors.New("not well-formed JSON")
	ErrNotObject     = errors.New("not a JSON object")
	ErrDuplicateName = errors.New("a member is named twice")
	ErrTooLarge      = errors.New("document too large")
	ErrTooDeep       = errors.New("document nested too deep")
	ErrTooMany       = errors.New("document has too many members")
)

// A ParseError says why, and where, a document was refused. Its text holds
// nothing of the document.
type ParseError struct {
	Offset int64 // bytes from the start
	Err    error // one of the errors above
}

func (e *ParseError) Error() string {
	return fmt.Sprintf("parse document: at byte %d: %v", e.Offset, e.Err)
}

func (e *ParseError) Unwrap() error { return e.Err }

// Parse reads a JSON object under the default [Limits]. The Object keeps data,
// which the caller must not modify afterwards.
func Parse(data []byte) (*Object, error) { return ParseWith(data, nil) }

// ParseWith is [Parse] under other limits.
func ParseWith(data []byte, limits *Limits) (*Object, error) {
	l := limits.orDefault()
	if len(data) > min(l.Bytes, math.MaxInt32-1) {
		return nil, &ParseError{Offset: int64(min(l.Bytes, math.MaxInt32-1)), Err: ErrTooLarge}
	}
	l.Depth = min(l.Depth, deepest)
	c := checker{data: data, limits: l}
	if !l.AllowDuplicateNames {
		c.names = make([][]byte, 0, 16)
	}
	if err := c.document(); err != nil {
		return nil, err
	}
	start := skipSpace(data, 0)
	if data[start] != '{' {
		return nil, &ParseError{Offset: int64(start), Err: ErrNotObject}
	}
	return c.top, nil
}
