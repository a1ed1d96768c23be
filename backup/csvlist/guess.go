package csvlist

import (
	"fmt"
	"slices"
	"strings"
)

// byHeader says what a file with these columns is.
func byHeader(columns []string) Type {
	has := func(names ...string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return slices.Contains(columns, name) })
	}
	switch {
	case has(colList):
		return Lists
	case has(colURI):
		return Bookmarks
	case has(colSeverity, colRejectMedia, colRejectReports, colObfuscate):
		return AdminBlocks
	case has(colDomain):
		return Domains
	case has(colHide):
		return Mutes
	case has(colBoosts, colNotify, colLanguages):
		return Following
	}
	return Accounts
}

// byContent says what rows without a header are, if all that can be read agree.
// Addresses among URLs make them accounts: some servers write a URL where an
// account has no address.
func byContent(rows [][]cell) Type {
	seen := map[Type]bool{}
	for _, cells := range rows {
		if t := rowType(cells); t != Unknown {
			seen[t] = true
		}
	}
	if len(seen) == 2 && seen[Accounts] && seen[URIs] {
		return Accounts
	}
	for t := range seen {
		if len(seen) == 1 {
			return t
		}
	}
	return Unknown
}

func rowType(cells []cell) Type {
	first, last := cells[0].word(), cells[len(cells)-1].word()
	switch {
	case len(cells) > 1 && isAccount(last) || len(cells) > 1 && isAccount(cells[1].word()):
		return Lists
	case validURL(first):
		return URIs
	case isAccount(first):
		return Accounts
	case strings.Contains(first, ".") && validHost(first):
		return Domains
	}
	return Unknown
}

func isAccount(text string) bool {
	_, why := parseAccount(text, "")
	return why == "" || validURL(text)
}

// agree refuses what a caller takes a file for if the file says otherwise.
func agree(asked, found Type, headed bool) error {
	switch {
	case found == Unknown || asked == found || asked == found.shape() || asked.shape() == found:
	case asked.shape() == Accounts && found == URIs && !headed:
	// Following is what some servers give followers out as; an account may block
	// what a server blocks.
	case asked == Followers && found == Following, asked == BlockedDomains && found == AdminBlocks:
	default:
		return fmt.Errorf("read list: taken for %s, and it is %s: %w", asked, found, ErrOtherType)
	}
	return nil
}
