package scratch

import "errors"

// ErrInUse is that somebody else is at work in a folder.
var ErrInUse = errors.New("somebody else is at work there")
