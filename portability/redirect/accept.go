package redirect

import (
	"strconv"
	"strings"
)

// A wish is what a request would rather have.
type wish byte

const (
	anything wish = iota // it does not say, or says "*/*"
	activity             // an ActivityStreams document
	page                 // something for people
)

// wishOf reads Accept (RFC 9110 §12.5.1). ActivityPub is what names one of its types,
// or JSON, at least as dearly as HTML, so that no federating server is ever taken for
// a browser. A range that is not well-formed counts for nothing.
func wishOf(accept []string) wish {
	forActivity, forPage := 0.0, 0.0
	for _, line := range accept {
		for line != "" {
			var one string
			one, line = cutRange(line)
			name, q, ok := readRange(one)
			switch {
			case !ok:
			case isActivity(name):
				forActivity = max(forActivity, q)
			case name == "text/html" || name == "application/xhtml+xml" || name == "text/*":
				forPage = max(forPage, q)
			}
		}
	}
	switch {
	case forActivity > 0 && forActivity >= forPage:
		return activity
	case forPage > 0:
		return page
	}
	return anything
}

func isActivity(name string) bool {
	return name == "application/activity+json" || name == "application/ld+json" || name == "application/json"
}

// cutRange splits at the first comma that is not between quotes: profiles are.
func cutRange(line string) (one, rest string) {
	quoted := false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			return line[:i], line[i+1:]
		}
	}
	return line, ""
}

// readRange returns the name of a media range in lower case and its weight.
func readRange(s string) (name string, q float64, ok bool) {
	name, parameters, _ := strings.Cut(s, ";")
	name = strings.ToLower(strings.TrimSpace(name))
	q = 1
	for parameters != "" {
		var one string
		one, parameters, _ = strings.Cut(parameters, ";")
		key, value, _ := strings.Cut(strings.TrimSpace(one), "=")
		if !strings.EqualFold(strings.TrimSpace(key), "q") {
			continue
		}
		parsed, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil || !(parsed >= 0 && parsed <= 1) {
			return "", 0, false
		}
		q = parsed
	}
	return name, q, name != ""
}
