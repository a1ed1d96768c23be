package sqldb

import (
	"database/sql"
	"fmt"
	"time"
)

// Micros returns a time as it is stored: microseconds since 1970, which sort
// and compare in every database, or NULL for the zero time.
func Micros(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

// Time returns what scans into t what [Micros] made, in UTC.
func Time(t *time.Time) sql.Scanner { return scanTime{t} }

type scanTime struct{ t *time.Time }

func (s scanTime) Scan(value any) error {
	switch value := value.(type) {
	case nil:
		*s.t = time.Time{}
	case int64:
		*s.t = time.UnixMicro(value).UTC()
	default:
		return fmt.Errorf("a time is stored as %T", value)
	}
	return nil
}
