package sqldb

import (
	"errors"
	"fmt"
)

// An Error is what a database did not do.
type Error struct {
	Doing string // the name of the statement, or what else was being done
	Err   error
}

func (e *Error) Error() string { return fmt.Sprintf("database: %s: %v", e.Doing, e.Err) }
func (e *Error) Unwrap() error { return e.Err }

// Temporary reports whether the same may succeed a little later: another
// process kept the database locked for longer than this one waits.
func (e *Error) Temporary() bool {
	var coded interface{ Code() int }
	if !errors.As(e.Err, &coded) {
		return false
	}
	const busy, locked = 5, 6 // of SQLite's primary result codes, the lowest byte
	code := coded.Code() & 0xff
	return code == busy || code == locked
}
