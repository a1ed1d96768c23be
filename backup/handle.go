package backup

import (
	"net/url"
	"strings"

	"codeberg.org/godwit/godwit/vocab"
)

// handleOf returns the address of an account's document, "alice@example.org", and
// "" where it cannot be told without asking: what a wrong address names is another
// person. In order of trust: an "acct:" id, the "webfinger" member (FEP-2c59), the
// "preferredUsername" on the host of the id, and the shape of the id.
//
// On servers whose addresses have another host than their actors, the last two
// give an address that WebFinger leads on from.
func handleOf(doc *vocab.Object) string {
	if doc == nil {
		return ""
	}
	id := doc.ID()
	if strings.HasPrefix(string(id), "acct:") {
		return handleOfID(id)
	}
	if said := plainHandle(doc.Text(vocab.WebFinger)); said != "" {
		return said
	}
	if host := id.Host(); host != "" {
		if said := plainHandle(doc.Text(vocab.Username) + "@" + host); said != "" {
			return said
		}
	}
	return handleOfID(id)
}

// handleOfID returns the address that an id or "acct:" name tells by its shape
// alone, and "" if it tells none.
func handleOfID(id vocab.IRI) string {
	if rest, is := strings.CutPrefix(string(id), "acct:"); is {
		name, err := url.PathUnescape(rest)
		if err != nil {
			return ""
		}
		return plainHandle(name)
	}
	u, err := url.Parse(string(id))
	if err != nil || id.Host() == "" || u.RawQuery != "" || u.Fragment != "" {
		return ""
	}
	name := nameInPath(strings.TrimSuffix(u.Path, "/"))
	if name == "" || isNumberOfUser(name) {
		return ""
	}
	return plainHandle(name + "@" + id.Host())
}

// pathsOfUsers are what stands before a name in the ids and pages of users:
// Mastodon, Pleroma, Pixelfed and GoToSocial; BookWyrm; Lemmy and Mbin; Friendica;
// PeerTube; Hubzilla; WordPress; and the pages of most, and ids of Hollo.
var pathsOfUsers = []string{"/users/", "/user/", "/u/", "/profile/", "/accounts/", "/video-channels/", "/channel/", "/author/", "/@"}

func nameInPath(path string) string {
	for _, before := range pathsOfUsers {
		if name, found := strings.CutPrefix(path, before); found && !strings.Contains(name, "/") {
			return name
		}
	}
	return ""
}

// isNumberOfUser reports whether a name looks like what Misskey and others number
// their users by: digits; or ids of the lengths 10, 16, 24, 26 and 36 that are made
// of time and chance.
func isNumberOfUser(name string) bool {
	digits, others := 0, 0
	for _, r := range name {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r == '-':
		default:
			others++
		}
	}
	switch len(name) {
	case digits:
		return true
	case 10, 16:
		return others == 0 && digits >= 2 && strings.ContainsRune("789a", rune(name[0])) && name == strings.ToLower(name)
	case 24, 26:
		return others == 0 && digits >= 4
	case 36:
		return others == 0 && strings.Count(name, "-") == 4
	}
	return false
}

// plainHandle returns text as user@host, or "" if it is none that every server
// takes.
func plainHandle(text string) string {
	text = strings.TrimPrefix(strings.TrimPrefix(text, "acct:"), "@")
	user, host, found := strings.Cut(text, "@")
	if !found || user == "" || strings.ContainsFunc(user, notInName) {
		return ""
	}
	if strings.ContainsAny(host, "/?#\\") || vocab.IRI("https://"+host+"/").Host() == "" {
		return ""
	}
	return text
}

func notInName(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("._-", r)
}
