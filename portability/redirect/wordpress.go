package redirect

import (
	"regexp"
	"strings"
)

// WordPress names things by a number in the query; permalinks are whatever the site
// chose, and are found as they stand.

// numbered are the queries that name a thing, the rest of a query being how to show it.
var numbered = [...]string{"p", "page_id", "attachment_id", "c"}

// tail is what themes and plugins put behind a permalink to show the same thing otherwise.
var tail = regexp.MustCompile(`/(?:amp|feed|embed|trackback|comment-page-[0-9]+)/?$`)

func matchWordPress(path, query string) (Shape, parts) {
	if path == "/" || path == "/index.php" {
		for pair := range strings.SplitSeq(query, "&") {
			name, value, _ := strings.Cut(pair, "=")
			if !fits("num", value) {
				continue
			}
			if name == "author" {
				return Profile, parts{"account": value}
			}
			for _, n := range numbered {
				if n == name {
					return Post, parts{"query": name + "=" + value}
				}
			}
		}
		return "", nil
	}
	if cut := tail.FindStringIndex(path); cut != nil && cut[0] > 0 && !strings.HasPrefix(path, "/author/") {
		return Post, parts{"permalink": path[:cut[0]]}
	}
	return "", nil
}

// wordPressPosts are the keys of what matchWordPress found.
var wordPressPosts = patterns{keys: []string{"/?{query}", "{permalink}/", "{permalink}"}}
