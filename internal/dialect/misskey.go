package dialect

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/backup/csvlist"
	"codeberg.org/godwit/godwit/internal/jsonitems"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// misskey reads what Misskey puts into a person's drive, one file after another:
// notes, favorites, clips and antennas as arrays. They do not say whose they are,
// nor on which server: that is [Options.Host] and [Options.Handle]. Without the
// host the notes can be looked at and not copied, for nothing names them.
func misskey() Dialect {
	return Dialect{
		Name: "misskey",
		Match: func(ctx context.Context, v *View) (bool, error) {
			files, err := misskeyFiles(ctx, v)
			return len(files["notes"])+len(files["favorites"])+len(files["clips"]) > 0, err
		},
		Read: readMisskey,
	}
}

var plainName = regexp.MustCompile(`^\w{1,128}$`)

// misskeyFiles lists the entries of an export by what is in them.
func misskeyFiles(ctx context.Context, v *View) (map[string][]string, error) {
	candidates := v.Glob("*.json")
	if lone := v.Lone(); lone != "" {
		candidates = []string{lone}
	}
	found := map[string][]string{}
	for _, name := range candidates[:min(len(candidates), mostCandidates)] {
		head, err := v.Head(ctx, name)
		if err != nil {
			return nil, err
		}
		text := strings.TrimLeft(string(head), " \t\r\n\ufeff")
		has := func(word string) bool { return strings.Contains(text, word) }
		switch {
		case !strings.HasPrefix(text, "["):
		case has(`"clipNotes"`):
			found["clips"] = append(found["clips"], name)
		case has(`"excludeKeywords"`):
			found["antennas"] = append(found["antennas"], name)
		case has(`"renoteId"`) && has(`"note":`):
			found["favorites"] = append(found["favorites"], name)
		case has(`"renoteId"`) && has(`"replyId"`) && has(`"visibility"`):
			found["notes"] = append(found["notes"], name)
		}
	}
	return found, nil
}

func readMisskey(ctx context.Context, v *View) (*Account, error) {
	files, err := misskeyFiles(ctx, v)
	if err != nil {
		return nil, err
	}
	if len(files["notes"]) > 1 {
		return nil, &Refusal{Dialect: "misskey", Reason: TwoOutboxes, Where: files["notes"][1]}
	}
	a := &Account{}
	host := &misskeyHost{base: misskeyBase(v.Host), handle: v.Handle}
	if followers := host.followers(); len(followers) > 0 {
		a.Owner.Followers = followers[0]
		host.owner = a.Owner
	}
	for _, name := range files["notes"] {
		a.Parts = append(a.Parts, noteParts(list{account: a, view: v, entry: name}, host)...)
	}
	for _, name := range files["favorites"] {
		a.Parts = append(a.Parts, favoritesPart(list{account: a, view: v, entry: name}, host))
	}
	used := slices.Concat(files["notes"], files["favorites"])
	for _, name := range v.Glob("*.csv") {
		if t, ok := misskeyList(name); ok {
			a.Parts, used = append(a.Parts, csvPart(a, v, name, t)), append(used, name)
		}
	}
	a.Parts = append(a.Parts, leftovers(v, func(name string) bool { return slices.Contains(used, name) }))
	a.Problems = misskeyProblems(host)
	return a, nil
}

// misskeyList tells a list by its name, for all that is in it is accounts.
func misskeyList(name string) (csvlist.Type, bool) {
	for prefix, t := range map[string]csvlist.Type{
		"following": csvlist.Following, "blocking": csvlist.Blocks, "mute": csvlist.Mutes, "muting": csvlist.Mutes, "user-lists": csvlist.Lists,
	} {
		if strings.HasPrefix(name, prefix+"-") {
			return t, true
		}
	}
	return "", false
}

func misskeyProblems(host *misskeyHost) []Problem {
	all := []Problem{{Reason: Lacks, Detail: "the actor, its id and the files; ids of notes are made of the host's name"}}
	if host.base == "" {
		all = append(all, Problem{Reason: Lacks, Detail: "the host of the account: without it no note has a name"})
	}
	if len(host.followers()) == 0 {
		all = append(all, Problem{Reason: Lacks, Detail: "the name of the account: without it posts for followers are the author's alone"})
	}
	return all
}

// noteParts reads notes, of which some are shares.
func noteParts(l list, host *misskeyHost) []Part {
	sorted := l.oldestFirst("createdAt")
	of := func(k portability.Kind) func(jsonitems.Element, *vocab.Object) (portability.Item, bool) {
		return func(e jsonitems.Element, o *vocab.Object) (portability.Item, bool) {
			item := host.note(o, l.where(e))
			return item, item.Kind == k
		}
	}
	return []Part{
		l.part(reading{kind: portability.Content, rest: true, from: sorted, placed: of(portability.Content)}),
		l.part(reading{kind: portability.Outbox, from: sorted, placed: of(portability.Outbox)}),
	}
}

func favoritesPart(l list, host *misskeyHost) Part {
	return l.part(reading{kind: portability.Bookmarks, rest: true, placed: func(e jsonitems.Element, o *vocab.Object) (portability.Item, bool) {
		return host.favorite(o, l.where(e)), true
	}})
}
