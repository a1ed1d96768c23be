// Package deps pins modules while the first packages are being written.
package deps

import (
	_ "github.com/dunglas/httpsfv"
	_ "github.com/go-fed/activity/pub"
	_ "github.com/go-fed/activity/streams"
	_ "github.com/go-fed/httpsig"
	_ "github.com/go-json-experiment/json"
	_ "github.com/go-json-experiment/json/jsontext"
	_ "github.com/piprate/json-gold/ld"
	_ "github.com/rogpeppe/go-internal/testscript"
	_ "github.com/stretchr/testify/assert"
	_ "github.com/stretchr/testify/require"
	_ "github.com/vbauerster/mpb/v8"
	_ "golang.org/x/sync/errgroup"
	_ "golang.org/x/term"
	_ "golang.org/x/time/rate"
	_ "modernc.org/sqlite"
	_ "pgregory.net/rapid"
)
