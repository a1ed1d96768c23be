package dialect

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"codeberg.org/godwit/godwit/backup/csvlist"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// kindOfCSV says which kind the rows of a file are. Only types that say what their
// rows are for have one.
func kindOfCSV(t csvlist.Type) (portability.Kind, bool) {
	k, ok := map[csvlist.Type]portability.Kind{
		csvlist.Following:      portability.Following,
		csvlist.Followers:      portability.Followers,
		csvlist.Blocks:         portability.Blocked,
		csvlist.Mutes:          portability.Muted,
		csvlist.Lists:          portability.Lists,
		csvlist.Bookmarks:      portability.Bookmarks,
		csvlist.BlockedDomains: portability.BlockedDomains,
	}[t]
	return k, ok
}

// csvPart reads an entry of which it is known what its rows are for. Rows that
// cannot be used are noted by their line.
func csvPart(a *Account, v *View, entry string, t csvlist.Type) Part {
	k, _ := kindOfCSV(t)
	rows := func(ctx context.Context) iter.Seq2[csvlist.Row, error] { return csvRows(ctx, a, v, entry, t) }
	each := func(ctx context.Context) iter.Seq2[portability.Item, error] {
		return markRepeated(itemsOfRows(k, rows(ctx)))
	}
	if t == csvlist.Lists {
		each = func(ctx context.Context) iter.Seq2[portability.Item, error] {
			return listsOfRows(rows(ctx), func() { a.Note(Problem{PartlyRead, entry, "more than 32 MiB of lists"}) })
		}
	}
	return Part{Kind: k, Name: entry, Said: -1, Each: each}
}

// csvRows yields the rows that can be used.
func csvRows(ctx context.Context, a *Account, v *View, entry string, t csvlist.Type) iter.Seq2[csvlist.Row, error] {
	return func(yield func(csvlist.Row, error) bool) {
		r, err := v.Open(ctx, entry)
		if err != nil {
			yieldUnlessDamaged(a, v, entry, err, yield)
			return
		}
		defer r.Close()
		list, err := csvlist.NewReader(r, &csvlist.ReadOptions{Type: t, Host: v.Host})
		if errors.Is(err, csvlist.ErrOtherType) {
			a.Note(Problem{NotReadable, entry, "not what its name says"})
			return
		}
		if err != nil {
			yieldUnlessDamaged(a, v, entry, err, yield)
			return
		}
		for row, err := range list.Rows() {
			var bad *csvlist.RowError
			switch {
			case ctx.Err() != nil:
				yield(row, ctx.Err())
				return
			case errors.As(err, &bad):
				a.Note(Problem{RowUnusable, entry, fmt.Sprintf("line %d: %s", bad.Line, bad.Reason)})
			case err != nil:
				yieldUnlessDamaged(a, v, entry, err, yield)
				return
			case !yield(row, nil):
				return
			}
		}
	}
}

// yieldUnlessDamaged yields an error as the last thing, or, in salvage, notes that
// only what came before could be read.
func yieldUnlessDamaged[T any](a *Account, v *View, entry string, err error, yield func(T, error) bool) {
	if v.givesUp(err) {
		a.Note(Problem{PartlyRead, entry, "it is damaged"})
		return
	}
	var none T
	yield(none, err)
}

func itemsOfRows(k portability.Kind, rows iter.Seq2[csvlist.Row, error]) iter.Seq2[portability.Item, error] {
	return func(yield func(portability.Item, error) bool) {
		for row, err := range rows {
			if err != nil {
				yield(portability.Item{}, err)
				return
			}
			item, err := itemOfRow(k, row)
			if !yield(item, err) || err != nil {
				return
			}
		}
	}
}

// itemOfRow makes the document of a row. What the row does not say is left out.
func itemOfRow(k portability.Kind, row csvlist.Row) (portability.Item, error) {
	item := portability.Item{Ref: portability.Ref{Kind: k, ID: nameOfAccount(row)}}
	var m maker
	switch k {
	case portability.Bookmarks:
		item.ID = string(row.URI)
		m.put(vocab.ID, row.URI)
	case portability.BlockedDomains:
		item.ID = strings.ToLower(row.Domain)
		m.put("domain", item.ID)
	default:
		m.put(vocab.ID, item.ID)
		putFlag(&m, "notify", row.Notify)
		putFlag(&m, "reblogs", row.ShowBoosts)
		putFlag(&m, "hideNotifications", row.HideNotifications)
		m.put("languages", row.Languages)
	}
	putOthers(&m, row)
	var err error
	item.Object, err = m.build()
	return item, err
}

func putFlag(m *maker, name vocab.Property, f csvlist.Flag) {
	if f != csvlist.Unset {
		m.put(name, f == csvlist.Yes)
	}
}

// putOthers keeps the cells that have no meaning here.
func putOthers(m *maker, row csvlist.Row) {
	var cells []any
	for _, c := range row.Others {
		cells = append(cells, map[string]string{"column": c.Column, "text": c.Text})
	}
	m.put(OriginalMember, cells)
}

// nameOfAccount is the actor's id where the file has it, or else the address, with
// its host in lower case.
func nameOfAccount(row csvlist.Row) string {
	if row.Actor != "" {
		return string(row.Actor)
	}
	if row.Account == "" {
		return ""
	}
	user, host, _ := strings.Cut(row.Account, "@")
	return "acct:" + user + "@" + strings.ToLower(host)
}

// mostListText is how much text the lists of one file may have together: each list
// is one item, and files have a row for each of its members, in any order.
const mostListText = 32 << 20

// listsOfRows gathers the rows of each list, in the order in which the lists begin.
// Where there is too much of it, tooMuch is told, and the rest is left.
func listsOfRows(rows iter.Seq2[csvlist.Row, error], tooMuch func()) iter.Seq2[portability.Item, error] {
	return func(yield func(portability.Item, error) bool) {
		var titles []string
		members := map[string][]string{}
		text := 0
		for row, err := range rows {
			if err != nil {
				yield(portability.Item{}, err)
				return
			}
			name := nameOfAccount(row)
			if text += len(row.List) + len(name) + 64; text > mostListText {
				tooMuch()
				break
			}
			if _, known := members[row.List]; !known {
				titles = append(titles, row.List)
			}
			members[row.List] = append(members[row.List], name)
		}
		for _, title := range titles {
			doc, err := vocab.Build(vocab.Member{Name: "title", Value: title}, vocab.Member{Name: "members", Value: members[title]})
			item := portability.Item{Ref: portability.Ref{Kind: portability.Lists, ID: title}, Object: doc}
			if !yield(item, err) || err != nil {
				return
			}
		}
	}
}
