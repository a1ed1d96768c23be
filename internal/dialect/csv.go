package dialect

import (
	"bytes"
	"context"
	"errors"
	"path"
	"regexp"
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/backup/csvlist"
)

// csvLists reads the lists that servers give out beside an archive: one alone, or a
// folder or zip of them, with Mastodon's file of filters among them or by itself.
// GoToSocial's exports are such a set. There is no actor in them.
//
// It is asked last: other exports have such lists in them too.
func csvLists() Dialect { return Dialect{Name: "csv", Match: matchCSV, Read: readCSV} }

// errUndecided is why a lone list is refused: who is followed and who is blocked
// looks the same.
var errUndecided = errors.New("its rows do not say what they are for; give it the name that servers give such a list, such as following_accounts.csv")

func matchCSV(ctx context.Context, v *View) (bool, error) {
	for _, name := range listCandidates(v) {
		found, err := lookAtList(ctx, v, name)
		if err != nil {
			return false, err
		}
		if found.isList && (found.filters || found.typ.Decided() || found.usual != csvlist.Unknown || v.Lone() != "") {
			return true, nil
		}
	}
	return false, nil
}

func readCSV(ctx context.Context, v *View) (*Account, error) {
	a := &Account{Media: nil}
	a.Problems = append(a.Problems, Problem{Reason: Lacks, Detail: "the actor, posts and files"})
	used := map[string]bool{}
	for _, name := range listCandidates(v) {
		found, err := lookAtList(ctx, v, name)
		if err != nil {
			return nil, err
		}
		part, ok := found.part(a, v)
		switch {
		case !ok && v.Lone() != "" && found.ofServer():
			return nil, &Refusal{Dialect: "csv", Reason: ForeignRecord, Where: name, Err: errServers}
		case !ok && v.Lone() != "":
			return nil, &Refusal{Dialect: "csv", Reason: NoFileHeader, Where: name, Err: errUndecided}
		}
		if ok {
			a.Parts, used[name] = append(a.Parts, part), true
		}
	}
	a.Parts = append(a.Parts, leftovers(v, func(name string) bool { return used[name] }))
	return a, nil
}

// mostLists is how many entries are looked at. Nobody has as many lists.
const mostLists = 64

// listCandidates are the entries that may be lists, those with usual names first.
func listCandidates(v *View) []string {
	if lone := v.Lone(); lone != "" {
		return []string{lone}
	}
	var usual, others []string
	for _, name := range v.Names() {
		switch ext := strings.ToLower(path.Ext(name)); {
		case ext != ".csv" && ext != ".json" && ext != ".txt":
		case usualType(name) != csvlist.Unknown, strings.Contains(path.Base(name), "custom_filters"):
			usual = append(usual, name)
		case len(others) < mostLists:
			others = append(others, name)
		}
	}
	all := slices.Concat(usual, others)
	return all[:min(len(all), mostLists)]
}

// A foundList is what is known of an entry from its beginning and its name.
type foundList struct {
	name    string
	isList  bool
	filters bool         // Mastodon's custom_filters.json
	typ     csvlist.Type // by header and content
	usual   csvlist.Type // by name
	agree   bool         // the content may be what the name says
}

// lookAtList looks at the beginning of an entry.
func lookAtList(ctx context.Context, v *View, name string) (foundList, error) {
	found := foundList{name: name}
	head, err := v.Head(ctx, name)
	if err != nil {
		return found, err
	}
	switch text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n"); {
	case bytes.HasPrefix(text, []byte("{")) && bytes.Contains(text, []byte(`"custom_filters"`)):
		found.isList, found.filters = true, true
		return found, nil
	case bytes.HasPrefix(text, []byte("{")), bytes.HasPrefix(text, []byte("[")):
		return found, nil
	}
	found.usual = usualType(name)
	found.typ, found.isList = contentOfList(head, csvlist.Unknown)
	if found.usual != csvlist.Unknown {
		_, found.agree = contentOfList(head, found.usual)
		found.isList = found.isList || len(bytes.TrimSpace(head)) == 0
	}
	return found, nil
}

// contentOfList reads the first rows, and tells whether they may be of a type.
func contentOfList(head []byte, asked csvlist.Type) (csvlist.Type, bool) {
	r, err := csvlist.NewReader(bytes.NewReader(head), &csvlist.ReadOptions{Type: asked, Host: "unknown.invalid"})
	if err != nil {
		return csvlist.Unknown, false
	}
	return r.Type(), r.Type() != csvlist.Unknown
}

var errServers = errors.New("a list of the server's, not of the account's")

// ofServer reports whether the list is one that an operator keeps.
func (f foundList) ofServer() bool {
	return f.isList && (f.typ == csvlist.AdminBlocks || f.typ == csvlist.AdminAllows)
}

// part reads the list, if it can be told what it is for. The name decides only
// where nothing in the list contradicts it.
func (f foundList) part(a *Account, v *View) (Part, bool) {
	say := func(r Reason, detail string) {
		a.Problems = append(a.Problems, Problem{Reason: r, Where: f.name, Detail: detail})
	}
	switch {
	case f.filters:
		return filtersPart(a, v, f.name), true
	case !f.isList:
		return Part{}, false
	case f.ofServer():
		say(ForeignRecord, "a list of the server's, not of the account's")
		return Part{}, false
	case f.usual != csvlist.Unknown && f.agree:
		if f.typ != f.usual && !(f.typ == csvlist.Following && f.usual == csvlist.Followers) {
			say(NoFileHeader, "read as "+string(f.usual)+", as its name says")
		}
		return csvPart(a, v, f.name, f.usual), true
	case f.typ.Decided():
		if f.usual != csvlist.Unknown {
			say(TextFault, "its name says "+string(f.usual)+", and it is "+string(f.typ))
		}
		return csvPart(a, v, f.name, f.typ), true
	}
	say(NoFileHeader, "neither header nor name says what its rows are for")
	return Part{}, false
}

// usualNames are what servers call their lists: Mastodon and those that follow it,
// GoToSocial, Akkoma, Misskey.
var usualNames = []struct {
	typ   csvlist.Type
	names []string
}{
	{csvlist.Following, []string{"following_accounts", "following", "follows", "friends"}},
	{csvlist.Followers, []string{"followers", "followers_accounts", "follower_accounts"}},
	{csvlist.Blocks, []string{"blocked_accounts", "blocks", "blocking"}},
	{csvlist.Mutes, []string{"muted_accounts", "mutes", "muting", "mute"}},
	{csvlist.Lists, []string{"lists", "user-lists", "user_lists"}},
	{csvlist.Bookmarks, []string{"bookmarks"}},
	{csvlist.BlockedDomains, []string{"blocked_domains", "domain_blocks"}},
}

// additions are what browsers and servers add to a name: a number, a date.
var additions = regexp.MustCompile(`[-_ ]?\(?[0-9][-_0-9tz:. ()]*$`)

func usualType(name string) csvlist.Type {
	base := strings.ToLower(path.Base(name))
	base = additions.ReplaceAllString(strings.TrimSuffix(base, path.Ext(base)), "")
	for _, u := range usualNames {
		if slices.Contains(u.names, strings.TrimSpace(base)) {
			return u.typ
		}
	}
	return csvlist.Unknown
}
