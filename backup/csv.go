package backup

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"codeberg.org/godwit/godwit/backup/csvlist"
	"codeberg.org/godwit/godwit/portability"
)

// A sheet is a CSV that stands beside a collection.
type sheet struct {
	name string
	kind portability.Kind
	typ  csvlist.Type
}

// sheets are the CSVs, in their order in the archive.
func sheets() []sheet {
	return []sheet{
		{"activitypub/following_accounts.csv", portability.Following, csvlist.Following},
		{"activitypub/followers.csv", portability.Followers, csvlist.Followers},
		{"activitypub/blocked_accounts.csv", portability.Blocked, csvlist.Blocks},
		{"activitypub/muted_accounts.csv", portability.Muted, csvlist.Mutes},
		{"activitypub/lists.csv", portability.Lists, csvlist.Lists},
		{"activitypub/bookmarks.csv", portability.Bookmarks, csvlist.Bookmarks},
		{"activitypub/blocked_domains.csv", portability.BlockedDomains, csvlist.BlockedDomains},
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
	rows, _ := csvRows(portability.Item{Ref: portability.Ref{Kind: s.kind, ID: string(o.ID())}, Object: o}, s.typ)
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
