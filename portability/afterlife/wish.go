package afterlife

import "strings"

// A wish is what a request would rather have, by its Accept. Weights are not
// computed: what is named first counts, which every web server can be told.
type wish byte

const (
	anything wish = iota
	activity
	page
)

// wishes are all of them, in the order in which rules of web servers have them.
var wishes = []struct {
	wish
	accept string
}{{anything, ""}, {activity, "application/activity+json"}, {page, "text/html"}}

func wishOf(accept string) wish {
	accept = strings.ToLower(accept)
	forActivity := first(accept, "application/activity+json", "application/ld+json")
	forPage := first(accept, "text/html", "application/xhtml+xml")
	switch {
	case forActivity < forPage:
		return activity
	case forPage < len(accept):
		return page
	}
	return anything
}

// first is where the first of the types is named, the length if none is.
func first(accept string, types ...string) int {
	at := len(accept)
	for _, t := range types {
		if i := strings.Index(accept, t); i >= 0 {
			at = min(at, i)
		}
	}
	return at
}
