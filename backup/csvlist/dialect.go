package csvlist

import "slices"

// A Dialect is how one family of servers writes its files. The zero Dialect is
// Mastodon's, which most others import.
type Dialect string

// The dialects. All are read; these are written.
const (
	Mastodon   Dialect = ""
	GoToSocial Dialect = "gotosocial"
	Misskey    Dialect = "misskey"   // and its forks: bare addresses, nothing quoted
	Akkoma     Dialect = "akkoma"    // Pleroma and Mitra too: bare addresses
	Takahe     Dialect = "takahe"    // a header on blocks too
	Friendica  Dialect = "friendica" // takes a URL where an account has no address
)

// Dialects returns every dialect that is written.
func Dialects() []Dialect {
	return []Dialect{Mastodon, GoToSocial, Misskey, Akkoma, Takahe, Friendica}
}

// A format is how a dialect writes one type.
type format struct {
	columns []string
	header  string // "" if the file has none
	raw     bool   // the importer splits at commas and knows no quotation marks
	urls    bool   // an account's URL may stand for its address
}

// Writes returns the types that the dialect has a file for.
func (d Dialect) Writes() []Type {
	return slices.DeleteFunc(Types(), func(t Type) bool {
		_, found := d.format(t)
		return !found
	})
}

func (d Dialect) format(t Type) (format, bool) {
	switch d {
	case Mastodon:
		f := mastodon(t)
		return f, f.columns != nil
	case GoToSocial:
		f := mastodon(t)
		return f, t.shape() == Accounts && t.Decided() || t == Lists
	case Misskey:
		f := format{columns: t.columns(), raw: true}
		return f, t == Following || t == Blocks || t == Mutes || t == Lists
	case Akkoma:
		f := format{columns: t.columns()}
		return f, t == Following || t == Blocks || t == Mutes
	case Takahe:
		return takahe(t)
	case Friendica:
		f := format{columns: []string{colAccount, colBoosts}, header: "Account address, Show boosts", urls: true}
		return f, t == Following
	}
	return format{}, false
}

// mastodon writes followers as GoToSocial does: Mastodon has no such file.
func mastodon(t Type) format {
	switch t {
	case Following:
		return format{columns: []string{colAccount, colBoosts, colNotify, colLanguages},
			header: "Account address,Show boosts,Notify on new posts,Languages"}
	case Followers:
		return format{columns: []string{colAccount}, header: colAccount}
	case Mutes:
		return format{columns: []string{colAccount, colHide}, header: "Account address,Hide notifications"}
	case AdminBlocks:
		return format{columns: []string{colDomain, colSeverity, colRejectMedia, colRejectReports, colPublicComment, colObfuscate},
			header: "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate"}
	case AdminAllows:
		return format{columns: []string{colDomain}, header: colDomain}
	case Blocks, Lists, Bookmarks, BlockedDomains:
		return format{columns: t.columns()}
	}
	return format{}
}

func takahe(t Type) (format, bool) {
	switch t {
	case Following:
		return format{columns: []string{colAccount, colBoosts}, header: "Account address,Show boosts"}, true
	case Followers, Blocks:
		return format{columns: []string{colAccount}, header: colAccount}, true
	case Mutes:
		return mastodon(t), true
	}
	return format{}, false
}

// Lost lists the columns that row has something in and the dialect's file of
// type t has none for: what is gone once it is written. Cells of unknown columns
// are listed as "others". The words are those of Mastodon's headers.
func Lost(d Dialect, t Type, row Row) []string {
	f, _ := d.format(t)
	var lost []string
	for _, column := range mastodon(t).columns {
		if textOf(row, column) != "" && !slices.Contains(f.columns, column) {
			lost = append(lost, column)
		}
	}
	if len(row.Others) > 0 {
		lost = append(lost, "others")
	}
	return lost
}
