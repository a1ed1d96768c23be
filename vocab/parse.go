package vocab

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/go-json-experiment/json/jsontext"
)

// Limits bounds what [ParseWith] accepts. A zero field takes its default; a
// nil *Limits is the same as a zero one.
type Limits struct {
	// Bytes is the largest document. Default 1 MiB; never more than 2 GiB.
	Bytes int
	// Depth is how deep objects and arrays may nest. Default 64.
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
	if err := checkShape(data, l); err != nil {
		return nil, err
	}
	if err := checkGrammar(data, l); err != nil {
		return nil, err
	}
	start := skipSpace(data, 0)
	if start == len(data) || data[start] != '{' {
		return nil, &ParseError{Offset: int64(start), Err: ErrNotObject}
	}
	return index(data, start), nil
}

// checkShape bounds nesting and size before anything recurses into data. It
// needs no well-formed input.
func checkShape(data []byte, l Limits) error {
	depth, members := 0, 0
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			i = skipString(data, i) - 1
		case '{', '[':
			depth++
			if depth > l.Depth {
				return &ParseError{Offset: int64(i), Err: ErrTooDeep}
			}
		case '}', ']':
			depth--
		case ',':
			members++
			if members > l.Members {
				return &ParseError{Offset: int64(i), Err: ErrTooMany}
			}
		}
	}
	return nil
}

func checkGrammar(data []byte, l Limits) error {
	d := jsontext.NewDecoder(bytes.NewBuffer(data), jsontext.AllowDuplicateNames(l.AllowDuplicateNames))
	_, err := d.ReadValue()
	if err == nil {
		if _, err = d.ReadToken(); err == io.EOF {
			return nil
		}
		if err == nil {
			err = ErrSyntax
		}
	}
	refused := &ParseError{Offset: d.InputOffset(), Err: ErrSyntax}
	if syntactic, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		refused.Offset = syntactic.ByteOffset
		if errors.Is(syntactic.Err, jsontext.ErrDuplicateName) {
			refused.Err = ErrDuplicateName
		}
	}
	return refused
}
