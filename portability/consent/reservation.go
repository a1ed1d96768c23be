package consent

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// A Reservation keeps a name for somebody. A [Reception] also keeps by one, for a while,
// which arrival has had people told of something; what it is called then has spaces in it,
// as no name has.
type Reservation struct {
	Name string `json:"name"` // as [Names.Canonical] writes it
	// By is whose it is: an id that nobody else has, such as that of an arrival or of who
	// has asked for it.
	By    string    `json:"by"`
	Until time.Time `json:"until"`
}

// Reservations keeps names. It is safe for concurrent use, by several processes where
// the store is durable: of any number who want one name at once, one gets it.
type Reservations interface {
	// Reserve gives a name to r.By until r.Until, or prolongs it, unless it is another's
	// at now. It returns who has it then: ok tells that it is r.By. What was said before
	// of how long is replaced.
	Reserve(ctx context.Context, r Reservation, now time.Time) (held Reservation, ok bool, err error)
	// ReleaseName lets go of a name, if it is by's.
	ReleaseName(ctx context.Context, name, by string) error
	// Reserved returns which names are somebody's at now.
	Reserved(ctx context.Context, names []string, now time.Time) (map[string]Reservation, error)
}

// Names is what a server takes for a name. The zero one is that of most servers.
type Names struct {
	// Longest is how many characters a name may have. Default 30.
	Longest int
	// Never are names that nobody gets. Nil: [NeverNames].
	Never []string
}

// NeverNames returns names that look like the server's own people, or are addresses
// that it must answer itself (RFC 2142).
func NeverNames() []string {
	return []string{
		"abuse", "admin", "administrator", "hostmaster", "info", "mail", "mod", "moderator", "noc", "postmaster",
		"root", "security", "server", "staff", "support", "sysadmin", "system", "webmaster", "www",
	}
}

// Canonical returns a name in the one spelling that counts: lower case, letters from a
// to z, digits and underscores, and dots and dashes between them. Names that differ in
// case are one name (RFC 8265 UsernameCaseMapped, kept to ASCII): letters of other
// scripts, some of which look the same, are none. The Ground says that it is no name.
func (n Names) Canonical(name string) (string, Ground) {
	name = strings.TrimPrefix(strings.TrimSpace(name), "@")
	for _, r := range name {
		if r >= 0x80 { // before it is folded: the Kelvin sign becomes a k
			return "", GroundBadName
		}
	}
	name = strings.ToLower(name)
	switch {
	case name == "" || len(name) > n.longest() || strings.ContainsFunc(name, isNoName):
		return "", GroundBadName
	case strings.ContainsAny(name[:1]+name[len(name)-1:], ".-"):
		return "", GroundBadName
	}
	if slices.Contains(n.never(), name) {
		return name, GroundNameReserved
	}
	return name, ""
}

func isNoName(r rune) bool {
	return !('a' <= r && r <= 'z' || '0' <= r && r <= '9' || strings.ContainsRune("_.-", r))
}

func (n Names) longest() int {
	if n.Longest > 0 {
		return n.Longest
	}
	return 30
}

func (n Names) never() []string {
	if n.Never != nil {
		return n.Never
	}
	return NeverNames()
}

// Suggestions returns names like one that somebody else has, or that is none: with a
// part of the old server's name, and with numbers. They are valid and differ; whether
// they are free is to be asked.
func (n Names) Suggestions(name string, old vocab.IRI) []string {
	stem := n.stem(name)
	tails := []string{}
	if first, _, found := strings.Cut(hostOf(old), "."); found && !strings.HasPrefix(first, "xn--") {
		tails = append(tails, "_"+strings.Trim(strings.ReplaceAll(first, "-", "_"), "_"))
	}
	for i := 2; i < 100; i++ {
		tails = append(tails, strconv.Itoa(i))
	}
	asked, _ := n.Canonical(name)
	all := []string{stem}
	for _, tail := range tails {
		all = append(all, stem[:min(len(stem), max(1, n.longest()-len(tail)))]+tail)
	}
	var good []string
	for _, candidate := range all {
		canonical, ground := n.Canonical(candidate)
		if ground == "" && canonical != asked && !slices.Contains(good, canonical) {
			good = append(good, canonical)
		}
	}
	return good
}

// stem is what of a name is a name.
func (n Names) stem(name string) string {
	kept := strings.Map(func(r rune) rune {
		if isNoName(r) {
			return -1
		}
		return r
	}, strings.ToLower(name))
	kept = strings.Trim(kept[:min(len(kept), n.longest())], ".-")
	if kept == "" {
		return "user"
	}
	return kept
}
