package backup

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"codeberg.org/godwit/godwit/backup/csvlist"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// A sheet is a CSV that stands beside a collection.
type sheet struct {
	name string
	kind portability.Kind
	typ  csvlist.Type
	rows func(*vocab.Object) []csvlist.Row
}

// sheets are the CSVs, in their order in the archive.
func sheets() []sheet {
	return []sheet{
		{"activitypub/following_accounts.csv", portability.Following, csvlist.Following, followingRows},
		{"activitypub/followers.csv", portability.Followers, csvlist.Followers, accountRows},
		{"activitypub/blocked_accounts.csv", portability.Blocked, csvlist.Blocks, accountRows},
		{"activitypub/muted_accounts.csv", portability.Muted, csvlist.Mutes, muteRows},
		{"activitypub/lists.csv", portability.Lists, csvlist.Lists, rowsOfList},
		{"activitypub/bookmarks.csv", portability.Bookmarks, csvlist.Bookmarks, bookmarkRows},
		{"activitypub/blocked_domains.csv", portability.BlockedDomains, csvlist.BlockedDomains, domainRows},
	}
}

// sheet writes a CSV as Mastodon has it. What it cannot say is counted: the
// collection has it.
func (a *assembly) sheet(s sheet) (entry, error) {
	return a.drafted(s.name, func(to io.Writer) error {
		w, err := csvlist.NewWriter(to, s.typ, nil)
		if err != nil {
			return err
		}
		records, err := a.records(string(s.kind))
		if err != nil {
			return err
		}
		var said csvReport
		for {
			_, ok, err := records.peek()
			if err != nil {
				return err
			}
			if !ok {
				a.csv[strings.TrimPrefix(s.name, "activitypub/")] = said
				return w.Flush()
			}
			text, err := records.text()
			if err != nil {
				return err
			}
			if err := said.write(w, s, text); err != nil {
				return err
			}
		}
	})
}

// emptySheet is a CSV without rows, for volumes behind the first.
func (a *assembly) emptySheet(s sheet) (entry, error) {
	var text bytes.Buffer
	w, err := csvlist.NewWriter(&text, s.typ, nil)
	if err != nil {
		return entry{}, err
	}
	if err := w.Flush(); err != nil {
		return entry{}, err
	}
	return bytesEntry(s.name, text.Bytes()), nil
}

// write writes the rows of one element.
func (r *csvReport) write(w *csvlist.Writer, s sheet, text []byte) error {
	o, err := unbare(s.kind, text)
	if err != nil {
		return err
	}
	rows := s.rows(o)
	if len(rows) == 0 {
		r.Left++
	}
	for _, row := range rows {
		var not *csvlist.RowError
		switch err := w.Write(row); {
		case errors.As(err, &not):
			r.Left++
		case err != nil:
			return err
		default:
			r.Rows++
		}
	}
	return nil
}

// named is the row of an account; one without an address has its URL there, which
// Mastodon's file cannot hold.
func named(o *vocab.Object) csvlist.Row {
	if handle := handleOf(o); handle != "" {
		return csvlist.Row{Account: handle}
	}
	return csvlist.Row{Actor: o.ID()}
}

func accountRows(o *vocab.Object) []csvlist.Row { return []csvlist.Row{named(o)} }

func followingRows(o *vocab.Object) []csvlist.Row {
	row := named(o)
	row.ShowBoosts, row.Notify = flagIn(o, "reblogs"), flagIn(o, "notify")
	v, _ := has(o, "languages")
	for one := range v.Elements() {
		if text, ok := one.Text(); ok {
			row.Languages = append(row.Languages, text)
		}
	}
	return []csvlist.Row{row}
}

func muteRows(o *vocab.Object) []csvlist.Row {
	row := named(o)
	row.HideNotifications = flagIn(o, "hideNotifications")
	return []csvlist.Row{row}
}

func rowsOfList(o *vocab.Object) []csvlist.Row {
	var rows []csvlist.Row
	members, _ := has(o, "members")
	for one := range members.Elements() {
		row := csvlist.Row{List: o.Text("title"), Actor: one.IRI()}
		if handle := handleOfID(one.IRI()); handle != "" {
			row.Account, row.Actor = handle, ""
		}
		rows = append(rows, row)
	}
	return rows
}

func bookmarkRows(o *vocab.Object) []csvlist.Row { return []csvlist.Row{{URI: o.ID()}} }

func domainRows(o *vocab.Object) []csvlist.Row { return []csvlist.Row{{Domain: o.Text("domain")}} }

func flagIn(o *vocab.Object, name string) csvlist.Flag {
	v, _ := has(o, name)
	switch yes, ok := v.Bool(); {
	case !ok:
		return csvlist.Unset
	case yes:
		return csvlist.Yes
	}
	return csvlist.No
}
