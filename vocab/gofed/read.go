package gofed

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"

	"github.com/go-fed/activity/streams"
	asvocab "github.com/go-fed/activity/streams/vocab"

	"codeberg.org/godwit/godwit/vocab"
)

// What [ToType] hands to go-fed at most. go-fed tries every object against
// sixty types for every property that may hold it, about 30 µs each.
const (
	maxBytes   = 1 << 20
	maxDepth   = 64
	maxObjects = 10_000
)

// Why go-fed was not given a document, or made nothing of it. Documents over
// the limits give [vocab.ErrTooLarge], [vocab.ErrTooDeep] or
// [vocab.ErrTooMany].
var (
	// ErrUnknownType means that none of the document's types is one that
	// go-fed has, or that the document has no type.
	ErrUnknownType = errors.New("go-fed has no such type")
	// ErrRefused means that go-fed found a property that it cannot read.
	ErrRefused = errors.New("go-fed cannot read it")
	// ErrPanic means that go-fed panicked: v1.0.0 does so on an empty
	// duration.
	ErrPanic = errors.New("go-fed panicked on it")
)

// ToType returns what go-fed reads in o. The context goes to go-fed's
// resolver and nowhere else; nothing is fetched.
//
// Names in their long spellings are read as their short ones, and a missing
// @context as that of ActivityStreams, so more documents are read than
// streams.ToType would. What go-fed cannot hold is missing in the value; o
// still has it, and [FromType] gives it back. Documents over 1 MiB, 64 levels
// or 10,000 objects are refused.
func ToType(ctx context.Context, o *vocab.Object) (asvocab.Type, error) {
	m, err := plain(o)
	if err != nil {
		return nil, fmt.Errorf("read document with go-fed: %w", err)
	}
	var value asvocab.Type
	err = guarded(func() (err error) {
		value, err = streams.ToType(ctx, m)
		return err
	})
	switch {
	case err == nil:
		return value, nil
	case errors.Is(err, ErrPanic):
	case streams.IsUnmatchedErr(err) || m["type"] == nil:
		err = ErrUnknownType
	default:
		// go-fed's own text may quote the document.
		err = ErrRefused
	}
	return nil, fmt.Errorf("read document with go-fed: %w", err)
}

// A PanicError reports a panic in go-fed, or in what go-fed called. It wraps
// [ErrPanic]; its text holds nothing of the document.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return ErrPanic.Error() }

func (e *PanicError) Unwrap() error { return ErrPanic }

// guarded turns a panic into an error.
func guarded(do func() error) (err error) {
	defer func() {
		value := recover()
		if value == http.ErrAbortHandler {
			panic(value)
		}
		if value != nil {
			err = &PanicError{Value: value, Stack: debug.Stack()}
		}
	}()
	return do()
}

// plain returns the document as go-fed wants it: under the names that it
// knows, with one context that gives no aliases.
func plain(o *vocab.Object) (map[string]any, error) {
	if len(o.Bytes()) > maxBytes {
		return nil, vocab.ErrTooLarge
	}
	r := reader{}
	m := r.object(o, 1)
	if r.err != nil {
		return nil, r.err
	}
	m["@context"] = vocab.ContextAS
	return m, nil
}

type reader struct {
	objects int
	err     error
}

func (r *reader) object(o *vocab.Object, depth int) map[string]any {
	m := make(map[string]any, o.Len())
	if r.objects++; r.objects > maxObjects {
		r.err = vocab.ErrTooMany
	}
	if depth > maxDepth {
		r.err = vocab.ErrTooDeep
	}
	if r.err != nil {
		return m
	}
	short := make(map[string]bool, o.Len())
	for name, value := range o.Members() {
		key := shortName(name)
		if name == "@context" || short[key] && name != key {
			continue
		}
		short[key] = name == key
		m[key] = r.value(value, depth)
		if key == "type" {
			m[key] = shortTypes(m[key])
		}
	}
	return m
}

func (r *reader) value(v vocab.Value, depth int) any {
	switch v.Kind() {
	case vocab.String:
		text, _ := v.Text()
		return text
	case vocab.Bool:
		return string(v.Raw()) == "true"
	case vocab.Number:
		// Beyond the range of float64 go-fed sees ±Inf as it would see the
		// greatest number; the digits stay in the document.
		return number(string(v.Raw()))
	case vocab.Record:
		o, _ := v.Object()
		return r.object(o, depth+1)
	case vocab.Array:
		if depth >= maxDepth {
			r.err = vocab.ErrTooDeep
		}
		list := []any{}
		for element := range v.Elements() {
			if r.err == nil {
				list = append(list, r.value(element, depth+1))
			}
		}
		return list
	}
	return nil
}

// number returns the nearest float64, the greatest for what is beyond.
func number(digits string) float64 {
	f, err := strconv.ParseFloat(digits, 64)
	if err == nil {
		return f
	}
	if digits[0] == '-' {
		return -maxFloat
	}
	return maxFloat
}
