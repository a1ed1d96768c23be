package csvlist

import (
	"errors"
	"fmt"
)

// A Reason says in one stable word why a row cannot be used.
type Reason string

// Reasons.
const (
	UnclosedQuote Reason = "unclosed-quote" // a quotation mark that nothing closes
	TooLong       Reason = "too-long"       // above [ReadOptions.MaxRow]
	NotText       Reason = "not-text"       // not UTF-8 or UTF-16, or with a NUL in it
	MissingCell   Reason = "missing-cell"   // the cell that names the thing is not there or empty
	NoHost        Reason = "no-host"        // an account's name without its server
	BadAccount    Reason = "bad-account"    // neither an address nor a URL
	BadDomain     Reason = "bad-domain"     // not a domain's name; some lists mask theirs with asterisks
	BadURI        Reason = "bad-uri"        // not an http or https URL
	BadFilter     Reason = "bad-filter"     // not shaped like a filter
	NotHeld       Reason = "not-held"       // the dialect has no way to write it
)

// A RowError says which row cannot be used, and why. It holds nothing of the
// row's text.
type RowError struct {
	Line   int // as in [Row]; for filters their number, from 1
	Reason Reason
}

func (e *RowError) Error() string { return fmt.Sprintf("read row: line %d: %s", e.Line, e.Reason) }

// ErrOtherType is wrapped by [NewReader] when a file is evidently not what the
// caller takes it for.
var ErrOtherType = errors.New("the file is of another type")

// ErrDialect is wrapped by [NewWriter] when a dialect has no file of a type.
var ErrDialect = errors.New("the dialect has no such file")
