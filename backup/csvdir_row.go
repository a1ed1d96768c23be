package backup

import (
	"codeberg.org/godwit/godwit/backup/csvlist"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// csvRows returns an item as the rows of a list, and the members of its document
// that no list has a column for. The documents are those of portability/DESIGN.md.
func csvRows(item portability.Item, t csvlist.Type) (rows []csvlist.Row, lost []string) {
	o := item.Object
	if o == nil {
		return nil, nil
	}
	switch t {
	case csvlist.Lists:
		return listRows(o), said(o, "exclusive", "replies")
	case csvlist.Bookmarks:
		return []csvlist.Row{{URI: o.ID()}}, said(o, vocab.Published)
	case csvlist.BlockedDomains:
		domain := o.Text("domain")
		if domain == "" {
			domain = item.ID
		}
		return []csvlist.Row{{Domain: domain}}, nil
	}
	row := accountRow(handleOf(o), o.ID())
	row.ShowBoosts, row.Notify = flagOf(o, "reblogs"), flagOf(o, "notify")
	row.HideNotifications = flagOf(o, "hideNotifications")
	for v := range o.All("languages") {
		if language, ok := v.Text(); ok {
			row.Languages = append(row.Languages, language)
		}
	}
	return []csvlist.Row{row}, said(o, "until")
}

// accountRow names an account by its address, or by its id where that is all, which
// Mastodon's files cannot hold.
func accountRow(address string, id vocab.IRI) csvlist.Row {
	if address != "" {
		return csvlist.Row{Account: address}
	}
	return csvlist.Row{Actor: id}
}

// listRows has a row for each member. A list without members has none.
func listRows(o *vocab.Object) []csvlist.Row {
	var rows []csvlist.Row
	for v := range o.All("members") {
		address := handleOfID(v.IRI())
		if member, ok := v.Object(); ok {
			address = handleOf(member)
		}
		row := accountRow(address, v.IRI())
		row.List = o.Text("title")
		rows = append(rows, row)
	}
	return rows
}

func flagOf(o *vocab.Object, p vocab.Property) csvlist.Flag {
	switch value, ok := o.Get(p).Bool(); {
	case !ok:
		return csvlist.Unset
	case value:
		return csvlist.Yes
	}
	return csvlist.No
}

// said lists which of the members say something.
func said(o *vocab.Object, members ...vocab.Property) []string {
	var found []string
	for _, p := range members {
		if v := o.Get(p); !v.IsZero() && v.Kind() != vocab.Null {
			found = append(found, string(p))
		}
	}
	return found
}

// filterOf returns a filter's document as Mastodon has it.
func filterOf(item portability.Item) (csvlist.Filter, bool) {
	o := item.Object
	if o == nil || o.Text("title") == "" {
		return csvlist.Filter{}, false
	}
	filter := csvlist.Filter{Title: o.Text("title"), Action: o.Text("action"), Statuses: o.IRIs("statuses")}
	filter.Expires, _ = o.Time("until")
	for v := range o.All("context") {
		if where, ok := v.Text(); ok {
			filter.Context = append(filter.Context, where)
		}
	}
	for _, k := range o.Children("keywords") {
		whole, stated := k.Get("wholeWord").Bool()
		filter.Keywords = append(filter.Keywords, csvlist.Keyword{Text: k.Text("keyword"), WholeWord: whole || !stated})
	}
	return filter, true
}
