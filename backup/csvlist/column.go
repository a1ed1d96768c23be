package csvlist

import (
	"strings"
	"unicode"

	"codeberg.org/godwit/godwit/vocab"
)

// The columns, as headers that Mastodon writes or takes have them.
const (
	colAccount       = "Account address"
	colBoosts        = "Show boosts"
	colNotify        = "Notify on new posts"
	colLanguages     = "Languages"
	colHide          = "Hide notifications"
	colList          = "List name"
	colURI           = "#uri"
	colDomain        = "#domain"
	colSeverity      = "#severity"
	colRejectMedia   = "#reject_media"
	colRejectReports = "#reject_reports"
	colPublicComment = "#public_comment"
	colObfuscate     = "#obfuscate"
)

// known returns the column that a header's cell names, however it is spaced and
// capitalised, and "" for others.
func known(name string) string {
	switch squeezed(name) {
	case "accountaddress":
		return colAccount
	case "showboosts":
		return colBoosts
	case "notifyonnewposts":
		return colNotify
	case "languages":
		return colLanguages
	case "hidenotifications":
		return colHide
	case "listname":
		return colList
	case "uri":
		return colURI
	case "domain":
		return colDomain
	case "severity":
		return colSeverity
	case "rejectmedia":
		return colRejectMedia
	case "rejectreports":
		return colRejectReports
	case "publiccomment":
		return colPublicComment
	case "obfuscate":
		return colObfuscate
	}
	return ""
}

func squeezed(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '#' || r == '"' || r == '\ufeff' || r == '_' {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}

// header returns the columns of a header row. A row is one if it begins with a
// column that names something and holds no address or URL: lists have any title.
func header(cells []cell) ([]string, bool) {
	switch known(cells[0].text) {
	case colAccount, colList, colURI, colDomain:
	default:
		return nil, false
	}
	var columns []string
	for _, c := range cells {
		if strings.Contains(c.text, "@") || isURL(c.word()) {
			return nil, false
		}
		name := known(c.text)
		if name == "" {
			name = c.free()
		}
		columns = append(columns, name)
	}
	return columns, true
}

// fill puts a cell into the field of its column. What the field cannot hold stays
// among the others.
func fill(row *Row, column string, c cell, host string) Reason {
	switch column {
	case colAccount:
		return setAccount(row, c.word(), host)
	case colURI:
		row.URI = vocab.IRI(c.word())
		if !validURL(c.word()) {
			return BadURI
		}
	case colDomain:
		domain, why := parseDomain(c.word())
		row.Domain = domain
		return why
	case colList:
		row.List = c.free()
	case colSeverity:
		row.Severity = c.free()
	case colPublicComment:
		row.PublicComment = c.free()
	case colLanguages:
		row.Languages = languages(c.free())
	default:
		fillFlag(row, column, c)
	}
	return ""
}

func fillFlag(row *Row, column string, c cell) {
	to := flagOf(row, column)
	if to == nil {
		row.Others = append(row.Others, Cell{Column: column, Text: c.free()})
		return
	}
	switch strings.ToLower(c.word()) {
	case "true", "t", "1", "yes", "y", "on":
		*to = Yes
	case "false", "f", "0", "no", "n", "off":
		*to = No
	case "":
	default:
		row.Others = append(row.Others, Cell{Column: column, Text: c.free()})
	}
}

func flagOf(row *Row, column string) *Flag {
	switch column {
	case colBoosts:
		return &row.ShowBoosts
	case colNotify:
		return &row.Notify
	case colHide:
		return &row.HideNotifications
	case colRejectMedia:
		return &row.RejectMedia
	case colRejectReports:
		return &row.RejectReports
	case colObfuscate:
		return &row.Obfuscate
	}
	return nil
}

func languages(text string) []string {
	var found []string
	for one := range strings.SplitSeq(text, ",") {
		if one = strings.TrimSpace(one); one != "" {
			found = append(found, one)
		}
	}
	return found
}

// textOf is what fill reads back.
func textOf(row Row, column string) string {
	switch column {
	case colAccount:
		if row.Account == "" {
			return row.Actor.String()
		}
		return row.Account
	case colURI:
		return row.URI.String()
	case colDomain:
		return row.Domain
	case colList:
		return row.List
	case colSeverity:
		return row.Severity
	case colPublicComment:
		return row.PublicComment
	case colLanguages:
		return strings.Join(row.Languages, ", ")
	}
	return flagOf(&row, column).String()
}
