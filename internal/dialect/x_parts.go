package dialect

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/portability"
)

// parts are what there is of the account.
func (x *xExport) parts(a *Account) []Part {
	var parts []Part
	each := func(kind string, part func(xFile) Part) {
		for _, f := range x.files[kind] {
			parts = append(parts, part(f))
		}
	}
	for _, r := range xRelations {
		each(r.kind, func(f xFile) Part {
			return x.part(a, f, r.of, func(row xRow) portability.Item { return xRelation(row, r.of, r.around) })
		})
	}
	if pictures := x.pictures(); len(pictures) > 0 {
		parts = append(parts, mediaPart(x.view, "profile", someFiles(pictures...)))
	}
	parts = append(parts, x.written(a)...)
	if len(x.scripts) > 0 && x.hasMedia() {
		parts = append(parts, mediaPart(x.view, "spare files", x.spare(a)))
	}
	x.leftFolders()
	each("like", func(f xFile) Part {
		return x.part(a, f, portability.Liked, func(row xRow) portability.Item { return xPointed(row, portability.Liked, "like") })
	})
	each("bookmark", func(f xFile) Part {
		return x.part(a, f, portability.Bookmarks, func(row xRow) portability.Item {
			return xPointed(row, portability.Bookmarks, "bookmark")
		})
	})
	each("lists_created", func(f xFile) Part {
		if f.said != 0 {
			x.odd(Lacks, f.name, "who is on the lists")
		}
		return x.part(a, f, portability.Lists, func(row xRow) portability.Item { return xList(row, portability.Lists) })
	})
	return append(parts, x.others()...)
}

// written are the parts of what the account wrote.
func (x *xExport) written(a *Account) []Part {
	for _, kind := range append(slices.Clone(xPosts), xNotes) {
		x.scripts = append(x.scripts, x.files[kind]...)
	}
	if len(x.scripts) == 0 {
		return nil
	}
	if x.account.audience == "" {
		x.odd(Lacks, "", "whether the account is protected; its posts are taken to be for itself alone")
	}
	parts := []Part{
		x.posts(a, portability.Content, xOwn),
		x.posts(a, portability.History, xFormer),
		x.posts(a, portability.Outbox, xShared),
	}
	if len(x.files[xNotes]) > 0 {
		parts = append(parts, x.orphans(a))
	}
	return parts
}

// xRead are the types of data that become items.
var xRead = append([]string{
	"follower", "following", "block", "mute", "like", "bookmark", "lists_created", xNotes,
	"account", "profile", "protected_history", xUser, xConfig,
}, xPosts...)

// xWithheld are the types that are left out, by how their names begin, and why.
var xWithheld = []struct{ begins, why string }{
	{"direct_message", "words of others, meant for the account alone"},
	{"deleted_", "what was deleted"},
	{"tweet_headers", "nothing that the posts do not say"},
	{"device_token", "a secret"},
	{"ni_devices", "devices, by their numbers"},
	{"key_registry", "keys of devices"},
	{"sso", "ways to sign in"},
	{"phone_number", "telephone numbers"},
	{"email_address", "addresses for mail"},
	{"contact", "telephone numbers and addresses of others"},
	{"ip_audit", "addresses of connections"},
	{"account_creation_ip", "addresses of connections"},
}

// others are the types that nothing is made of: byte for byte, but for those that
// are withheld.
func (x *xExport) others() []Part {
	var parts []Part
	if x.manifest != nil {
		parts = append(parts, x.verbatim(x.manifest.name))
	}
	for _, kind := range slices.Sorted(maps.Keys(x.files)) {
		if slices.Contains(xRead, kind) {
			continue
		}
		for _, f := range x.files[kind] {
			switch why := xWhyWithheld(kind); {
			case f.said == 0:
			case why == "":
				parts = append(parts, x.verbatim(f.name))
			default:
				x.withhold(f, why)
			}
		}
	}
	return parts
}

func xWhyWithheld(kind string) string {
	for _, w := range xWithheld {
		if strings.HasPrefix(kind, w.begins) {
			return w.why
		}
	}
	return ""
}

func (x *xExport) withhold(f xFile, why string) {
	reason := ForeignRecord
	if strings.HasPrefix(f.kind, "direct_message") {
		reason = Lacks
	}
	if f.said > 0 {
		why = fmt.Sprintf("%d not passed on: %s", f.said, why)
	} else {
		why = "not passed on: " + why
	}
	x.odd(reason, f.name, why)
}

// verbatim yields a script as it stands.
func (x *xExport) verbatim(name string) Part {
	return Part{Kind: portability.Unknown, Name: name, Said: -1, Each: func(ctx context.Context) iter.Seq2[portability.Item, error] {
		return func(yield func(portability.Item, error) bool) {
			yield(leftover(ctx, x.view, name))
		}
	}}
}
