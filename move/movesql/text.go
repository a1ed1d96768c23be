package movesql

import (
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"
)

// odd is what text begins with that is kept in another form. It is no character.
const odd = "\uffff"

// text returns text as it is kept: itself, or, if a database may not take it as such, its
// bytes in hexadecimal. Others choose their names: one with a zero byte in it must not
// keep those beside it from being stored.
func text[T ~string](t T) string {
	s := string(t)
	if utf8.ValidString(s) && !strings.Contains(s, "\x00") && !strings.HasPrefix(s, odd) {
		return s
	}
	return odd + hex.EncodeToString([]byte(s))
}

// asText returns what scans into t what text made.
func asText[T ~string](t *T) scanText[T] { return scanText[T]{t} }

type scanText[T ~string] struct{ to *T }

func (s scanText[T]) Scan(value any) error {
	var kept string
	switch value := value.(type) {
	case string:
		kept = value
	case []byte:
		kept = string(value)
	default:
		return fmt.Errorf("text is stored as %T", value)
	}
	*s.to = T(kept)
	if digits, is := strings.CutPrefix(kept, odd); is {
		bytes, err := hex.DecodeString(digits)
		if err != nil {
			return fmt.Errorf("text in hexadecimal: %w", err)
		}
		*s.to = T(bytes)
	}
	return nil
}
