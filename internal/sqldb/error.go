package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"
)

// An Error is what a database did not do.
type Error struct {
	Doing string // the name of the statement, or what else was being done
	Err   error

	wanted bool // the caller's context had not ended
}

// errorOf is an error of what was being done under ctx.
func errorOf(ctx context.Context, doing string, err error) *Error {
	return &Error{Doing: doing, Err: err, wanted: ctx.Err() == nil}
}

func (e *Error) Error() string { return fmt.Sprintf("database: %s: %v", e.Doing, e.Err) }
func (e *Error) Unwrap() error { return e.Err }

// Temporary reports whether the same may succeed a little later: another
// process kept the database locked for longer than this one waits, two
// transactions stood in each other's way, the server is being started or
// stopped, has no connection left, ended what took too long, does not answer, or
// was lost. If the connection was lost while a transaction was committed, nobody
// knows whether it was.
func (e *Error) Temporary() bool {
	switch {
	case e.wanted && errors.Is(e.Err, context.DeadlineExceeded): // a driver's
		return true
	case errors.Is(e.Err, context.Canceled), errors.Is(e.Err, context.DeadlineExceeded):
		return false
	case errors.Is(e.Err, sql.ErrConnDone), errors.Is(e.Err, driver.ErrBadConn),
		errors.Is(e.Err, io.EOF), errors.Is(e.Err, io.ErrUnexpectedEOF):
		return true
	}
	// What drivers' errors have is looked for by its shape.
	var result interface{ Code() int }
	var state interface{ SQLState() string }
	var lost interface { // net.Error
		Timeout() bool
		Temporary() bool
	}
	var unsent interface{ SafeToRetry() bool }
	switch {
	case errors.As(e.Err, &state):
		return temporaryState(state.SQLState())
	case errors.As(e.Err, &result):
		const busy, locked = 5, 6 // of SQLite's primary result codes, the lowest byte
		code := result.Code() & 0xff
		return code == busy || code == locked
	case errors.As(e.Err, &unsent) && unsent.SafeToRetry():
		return true
	}
	return errors.As(e.Err, &lost)
}

// temporaryState tells by one of PostgreSQL's codes (its manual, appendix A).
func temporaryState(code string) bool {
	if strings.HasPrefix(code, "08") { // the connection
		return true
	}
	switch code {
	case "40001", "40P01", "40003", // serialization failure, deadlock, completion unknown
		"53300",          // too many connections
		"55P03", "57014", // waited too long: for a lock, or for anything
		"25P03", "57P05", // cut off for being idle
		"57P01", "57P02", "57P03": // shut down, crashed, starting
		return true
	}
	return false
}
