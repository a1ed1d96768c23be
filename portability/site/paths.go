package site

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// A key stands for a name of any length: an id, a URL, a tag.
type key [16]byte

func keyOf(sort, name string) key {
	sum := sha256.Sum256([]byte(sort + "\x00" + name))
	return key(sum[:16])
}

var lower = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// short is a name of 16 characters that no two keys share but by great effort.
func (k key) short() string { return lower.EncodeToString(k[:10]) }

// postPath is where the page of a post stands: by its date and its digest, never
// by anything that it says.
func postPath(id string, published time.Time) string {
	name := keyOf("post", id).short()
	if published.IsZero() {
		return "posts/undated/" + name + ".html"
	}
	return fmt.Sprintf("posts/%04d/%02d/%02d-%s.html", published.Year(), published.Month(), published.Day(), name)
}

var plainTag = regexp.MustCompile(`^[a-z0-9_]{1,60}$`)

// tagPath is where the page of a tag stands: under the tag itself if that is
// plain ASCII, else under its digest. The two cannot meet, for "-" is in the
// second alone.
func tagPath(tag string, page int) string {
	name := tag
	if !plainTag.MatchString(tag) || reserved(tag) {
		name = "x-" + keyOf("tag", tag).short()
	}
	return "tags/" + name + numbered(page) + ".html"
}

func yearPath(year, page int) string {
	if year == 0 {
		return "years/undated" + numbered(page) + ".html"
	}
	return fmt.Sprintf("years/%04d%s.html", year, numbered(page))
}

func threadPath(root key, page int) string {
	return "threads/" + root.short() + numbered(page) + ".html"
}

func numbered(page int) string {
	if page <= 1 {
		return ""
	}
	return fmt.Sprintf("-%d", page)
}

var (
	cleanShape   = regexp.MustCompile(`^[A-Za-z0-9@_~][A-Za-z0-9@._~-]{0,99}$`)
	devices      = regexp.MustCompile(`^(con|prn|aux|nul|conin\$|conout\$|com[0-9]|lpt[0-9])$`)
	ownTopLevels = []string{"index.html", "archive.html", "search.html", "posts", "years", "tags", "threads", "boosts",
		"media", "files", "search", "assets", "server", "feeds", "_redirects", "_headers"}
)

const deepest = 8 // segments of a kept path

// reserved reports whether some file system keeps a name for itself, with
// whatever extension.
func reserved(name string) bool {
	stem, _, _ := strings.Cut(strings.ToLower(name), ".")
	return devices.MatchString(stem)
}

// cleanSegment reports whether a segment of a path is a plain file name
// everywhere, and needs no encoding anywhere.
func cleanSegment(segment string) bool {
	return cleanShape.MatchString(segment) && !reserved(segment) && !strings.Contains(segment, "..") &&
		!strings.HasSuffix(segment, ".") && !strings.HasSuffix(strings.ToLower(segment), ".html")
}

// keptPath returns the file that stands at the path of a URL of the old server,
// if that path is plainly safe.
func keptPath(u vocab.IRI, host string) (string, bool) {
	if host == "" || !u.IsHTTP() || u.Host() != host || strings.ContainsAny(string(u), "%?#\\") {
		return "", false
	}
	parsed, err := url.Parse(string(u))
	if err != nil {
		return "", false
	}
	segments := strings.Split(strings.Trim(parsed.Path, "/"), "/")
	if len(segments) > deepest || slices.Contains(ownTopLevels, strings.ToLower(segments[0])) {
		return "", false
	}
	for _, segment := range segments {
		if !cleanSegment(segment) {
			return "", false
		}
	}
	return strings.Join(segments, "/") + "/index.html", true
}

// oldPath returns the path that a URL has at the old server, decoded, if nothing
// but the path tells it from others.
func oldPath(u vocab.IRI, host string) (string, bool) {
	if host == "" || !u.IsHTTP() || u.Host() != host || strings.ContainsAny(string(u), "?#") {
		return "", false
	}
	parsed, err := url.Parse(string(u))
	if err != nil || parsed.Path == "" || parsed.Path == "/" {
		return "", false
	}
	return parsed.Path, true
}

// address is the path of a page at a web server, where index.html goes unsaid.
func address(file string) string { return strings.TrimSuffix(file, "index.html") }

// root leads from a page to the top of the site.
func root(file string) string { return strings.Repeat("../", strings.Count(file, "/")) }
