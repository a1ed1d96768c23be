package actor

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// ErrCanonical is wrapped when JSON has no canonical form: it is not
// well-formed, names a member twice, or has a number that others would read as
// another one (RFC 7493).
var ErrCanonical = errors.New("JSON without a canonical form")

// maxInteger is the largest integer that every JSON reader keeps.
const maxInteger = 1<<53 - 1

// Canonical returns JSON in the form of RFC 8785 (JCS), for hashing. It refuses
// what I-JSON (RFC 7493) excludes: were an integer beyond 2⁵³ let through,
// two documents that say different things would have one hash.
func Canonical(data []byte) ([]byte, error) {
	canonical := jsontext.Value(bytes.Clone(data))
	if err := canonical.Canonicalize(); err != nil {
		return nil, fmt.Errorf("canonical JSON: %w", ErrCanonical)
	}
	if !hasNumber(data) {
		return canonical, nil
	}
	d := jsontext.NewDecoder(bytes.NewReader(data))
	for {
		token, err := d.ReadToken()
		switch {
		case err == io.EOF:
			return canonical, nil
		case err != nil:
			return nil, fmt.Errorf("canonical JSON: %w", ErrCanonical)
		case token.Kind() == '0' && !keepsValue(token.String()):
			return nil, fmt.Errorf("canonical JSON: a number out of range: %w", ErrCanonical)
		}
	}
}

// hasNumber reports whether well-formed JSON has a number: a digit outside of strings.
func hasNumber(data []byte) bool {
	inString := false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case !inString && '0' <= c && c <= '9':
			return true
		}
	}
	return false
}

// keepsValue reports whether a number can be read as a double without turning
// into another one. Digits beyond what a double holds behind the point are
// forgiven, as RFC 8785 does.
func keepsValue(number string) bool {
	if n, err := strconv.ParseInt(number, 10, 64); err == nil {
		return -maxInteger <= n && n <= maxInteger
	}
	f, err := strconv.ParseFloat(number, 64)
	switch {
	case err != nil:
		return false
	case isInteger(number):
		return false
	}
	return f != 0 || isZero(number)
}

// isInteger reports whether a number is written with digits alone.
func isInteger(number string) bool {
	for _, c := range number {
		if c == '.' || c == 'e' || c == 'E' {
			return false
		}
	}
	return true
}

// isZero reports whether every digit before an exponent is 0.
func isZero(number string) bool {
	for _, c := range number {
		switch {
		case c == 'e' || c == 'E':
			return true
		case '1' <= c && c <= '9':
			return false
		}
	}
	return true
}
