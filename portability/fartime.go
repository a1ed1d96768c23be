package portability

import (
	"errors"
	"time"
)

// ErrFarTime says that a record has a time that no store keeps. It is to be tested with
// errors.Is.
var ErrFarTime = errors.New("a time is not in the years 0 to 9999")

// CheckTimes returns [ErrFarTime] if one of some times is not in the years 0 to 9999 of
// UTC: others have no form in JSON (RFC 3339, section 1), and a stranger may choose some.
func CheckTimes(times ...time.Time) error {
	for _, t := range times {
		if year := t.UTC().Year(); year < 0 || year > 9999 {
			return ErrFarTime
		}
	}
	return nil
}
