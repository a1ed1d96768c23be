package dialect

import (
	"context"
	"fmt"
	"path"
	"strings"

	"codeberg.org/godwit/godwit/backup/csvlist"
	"codeberg.org/godwit/godwit/internal/jsonitems"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// sharkey reads Sharkey's answer to a data request: a zip with an object in a file
// for each sort of thing, that names the host and has the things as an array under
// the name of the file, and the files of the drive.
func sharkey() Dialect {
	return Dialect{
		Name: "sharkey",
		Match: func(ctx context.Context, v *View) (bool, error) {
			for _, name := range []string{"user", "notes"} {
				ok, err := v.HeadHas(ctx, name+".json", `"metaVersion":`, `"host":`, `"`+name+`":`)
				if ok || err != nil {
					return ok, err
				}
			}
			return false, nil
		},
		Read: readSharkey,
	}
}

// sharkeyFiles are the objects of an export.
var sharkeyFiles = []string{
	"user", "profile", "ips", "notes", "followings", "followers", "drive", "mutings", "blockings", "favorites", "antennas",
}

// A sharkeyExport is one that was opened.
type sharkeyExport struct {
	view    *View
	account *Account
	host    *misskeyHost
	user    *vocab.Object
	profile *vocab.Object
	files   driveFiles
}

func readSharkey(ctx context.Context, v *View) (*Account, error) {
	s := &sharkeyExport{view: v, account: &Account{}, files: driveFilesOf(v)}
	host, err := s.hostName(ctx)
	if err != nil {
		return nil, err
	}
	s.host = &misskeyHost{base: misskeyBase(host), handle: v.Handle, entry: s.files.ofNote}
	for name, place := range map[string]**vocab.Object{"user": &s.user, "profile": &s.profile} {
		if *place, err = s.only(ctx, name); err != nil {
			return nil, err
		}
	}
	if err := s.begin(); err != nil {
		return nil, fmt.Errorf("read %q: %w", "user.json", err)
	}
	s.account.Media = openByPath(v)
	s.account.Parts = s.parts()
	s.account.Problems = s.problems()
	return s.account, nil
}

// hostName is the host that a file names, or else the one that was given.
func (s *sharkeyExport) hostName(ctx context.Context) (string, error) {
	for _, name := range sharkeyFiles {
		if !s.view.Has(name + ".json") {
			continue
		}
		for e, err := range s.view.Elements(ctx, name+".json", &jsonitems.Options{Arrays: []string{name}}) {
			if err != nil {
				return "", fmt.Errorf("read %q: %w", name+".json", err)
			}
			if host, ok := stringOf(e.Data); ok && e.Member == "host" && misskeyBase(host) != "" {
				return host, nil
			}
			if e.Array != "" {
				break
			}
		}
	}
	return s.view.Host, nil
}

// only returns the first thing of a file, without its secrets; nil if there is none.
func (s *sharkeyExport) only(ctx context.Context, name string) (*vocab.Object, error) {
	if !s.view.Has(name + ".json") {
		return nil, nil
	}
	for e, err := range s.list(name).elements(ctx) {
		if err != nil {
			return nil, fmt.Errorf("read %q: %w", name+".json", err)
		}
		if o, err := s.view.Parse(e.Data); err == nil {
			return s.withhold(o, name+".json")
		}
	}
	return nil, nil
}

// sharkeySecrets are members of rows that nobody else may have, and that an export
// has by mistake: the native token of the user, above all.
var sharkeySecrets = []vocab.Property{
	"token", "password", "emailVerifyCode", "twoFactorSecret", "twoFactorTempSecret", "twoFactorBackupSecret",
	"requestHeaders", "privateKey",
}

// withhold takes the secrets out of a row, and says so.
func (s *sharkeyExport) withhold(o *vocab.Object, where string) (*vocab.Object, error) {
	for _, name := range sharkeySecrets {
		if !isSet(o, name) {
			continue
		}
		var err error
		if o, err = o.Without(name); err != nil {
			return nil, err
		}
		s.account.Note(Problem{Reason: SecretInside, Where: where, Detail: string(name) + "; it is not passed on"})
	}
	return o, nil
}

// begin makes the actor as the server's ApRendererService makes it, as far as the
// rows of the user and the profile say.
func (s *sharkeyExport) begin() error {
	if s.user == nil {
		if followers := s.host.followers(); len(followers) > 0 {
			s.host.owner.Followers = followers[0]
			s.account.Owner = s.host.owner
		}
		return nil
	}
	id := s.host.address("users", number(s.user, "id"))
	var m maker
	m.put(vocab.Context, madeContext)
	m.put(vocab.ID, id)
	m.put(vocab.Type, map[bool]string{true: vocab.TypeService, false: vocab.TypePerson}[s.user.Bool("isBot")])
	if id != "" {
		m.put(vocab.Followers, id+"/followers")
	}
	s.describe(&m)
	made, err := m.build()
	if err != nil {
		return err
	}
	if s.account.Doc, err = WithOriginal(made, s.user); err != nil {
		return err
	}
	s.host.owner = portability.ReadershipOf(s.account.Doc)
	return nil
}

func (s *sharkeyExport) describe(m *maker) {
	name := s.user.Text("username")
	m.put(vocab.Username, name)
	m.put(vocab.Name, s.user.Text("name"))
	if s.host.base != "" && plainName.MatchString(name) {
		m.put(vocab.URL, s.host.base+"/@"+vocab.IRI(name))
	}
	m.value(vocab.ManualApprove, boolean(s.user, "isLocked"))
	m.value(vocab.Discoverable, boolean(s.user, "isExplorable"))
	m.put(vocab.Icon, picture(s.user, "avatarUrl"))
	m.put(vocab.Image, picture(s.user, "bannerUrl"))
	m.put(vocab.AlsoKnownAs, s.user.IRIs(vocab.AlsoKnownAs))
	m.put(vocab.MovedTo, s.user.Text("movedToUri"))
	if s.profile == nil {
		return
	}
	if text := s.profile.Text("description"); text != "" {
		m.put(vocab.Summary, plainHTML(text))
	}
	m.put(vocab.Attachment, fields(s.profile))
}

func (s *sharkeyExport) list(name string) list {
	return list{account: s.account, view: s.view, entry: name + ".json", array: name, arrays: []string{name}}
}

func (s *sharkeyExport) parts() []Part {
	var parts []Part
	add := func(name string, of func(l list) []Part) {
		if s.view.Has(name + ".json") {
			parts = append(parts, of(s.list(name))...)
		}
	}
	people := func(k portability.Kind) func(list) []Part {
		return func(l list) []Part { return []Part{l.part(reading{kind: k, rest: true, value: accountAt(k)})} }
	}
	add("blockings", people(portability.Blocked))
	add("mutings", people(portability.Muted))
	add("followers", people(portability.Followers))
	add("followings", people(portability.Following))
	add("notes", func(l list) []Part { return noteParts(l, s.host) })
	add("favorites", func(l list) []Part { return []Part{favoritesPart(l, s.host)} })
	parts = append(parts, mediaPart(s.view, "drive.json", s.drive))
	if s.view.Has("lists.csv") {
		parts = append(parts, csvPart(s.account, s.view, "lists.csv", csvlist.Lists))
	}
	if s.profile != nil {
		parts = append(parts, Part{Kind: portability.Unknown, Name: "profile.json", Said: 1, Each: Just(portability.Item{
			Ref: portability.Ref{Kind: portability.Unknown, ID: "profile.json#profile"}, Raw: s.profile.Bytes(),
		})})
	}
	return append(parts, leftovers(s.view, s.uses))
}

// accountAt makes the item for an account that is written as name@host.
func accountAt(k portability.Kind) func(string) portability.Item {
	return func(name string) portability.Item {
		item := portability.Item{Ref: portability.Ref{Kind: k}}
		user, host, ok := strings.Cut(strings.TrimPrefix(name, "@"), "@")
		if ok && user != "" && misskeyBase(host) != "" {
			item.ID = "acct:" + user + "@" + strings.ToLower(host)
		}
		var m maker
		m.put(vocab.ID, item.ID)
		if item.ID == "" {
			m.put(OriginalMember, name)
			item.Problems = []portability.Problem{{Reason: portability.NoID, Detail: "no name@host", Fatal: true}}
		}
		item.Object, _ = m.build()
		return item
	}
}

// uses reports whether an entry is read otherwise. What the export says of
// addresses and antennas is the owner's, and kept as it stands.
func (s *sharkeyExport) uses(name string) bool {
	switch name {
	case "ips.json", "antennas.json":
		return false
	case "lists.csv":
		return true
	}
	if base, ok := strings.CutSuffix(name, ".json"); ok && path.Dir(name) == "." {
		for _, known := range sharkeyFiles {
			if base == known {
				return true
			}
		}
	}
	return strings.HasPrefix(name, "files/")
}

func (s *sharkeyExport) problems() []Problem {
	var all []Problem
	for _, name := range append([]string{"lists.csv"}, sharkeyFiles...) {
		if !strings.Contains(name, ".") {
			name += ".json"
		}
		if !s.view.Has(name) {
			all = append(all, Problem{Reason: MissingFile, Where: name})
		}
	}
	if s.host.base == "" {
		all = append(all, Problem{Reason: Lacks, Detail: "the host of the account: without it no note has a name"})
	}
	return append(all, Problem{Reason: Lacks, Where: "followings.json", Detail: "accounts that are muted, or were not active for three months"})
}
