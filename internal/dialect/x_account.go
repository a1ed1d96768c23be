package dialect

import (
	"cmp"
	"context"
	"html"
	"strings"
	"time"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// An xAccount is whose an archive is.
type xAccount struct {
	number, name, display, created xText
	profile                        xProfile
	audience                       portability.Audience // of its posts; "" if the archive does not say
	original                       maker
}

// An xProfile is data/profile.js.
type xProfile struct {
	Description struct {
		Bio      xText `json:"bio"`
		Website  xText `json:"website"`
		Location xText `json:"location"`
	} `json:"description"`
	Avatar xText `json:"avatarMediaUrl"`
	Header xText `json:"headerMediaUrl"`
}

// readAccount takes what is known of the account from the scripts that are small.
func (x *xExport) readAccount(ctx context.Context) error {
	who := &x.account
	if m := x.manifest; m != nil {
		who.number, who.name, who.display = m.User.Account, m.User.Name, m.User.Display
	}
	for _, read := range []func(context.Context) error{x.readOwner, x.readProfile, x.readUser, x.readProtected, x.readMonth} {
		if err := read(ctx); err != nil {
			return err
		}
	}
	if _, ok := who.number.number(); !ok {
		who.number = ""
	}
	handle, _, _ := strings.Cut(strings.TrimPrefix(x.view.Handle, "@"), "@")
	who.name = cmp.Or(who.name, xText(handle))
	if !xName.MatchString(string(who.name)) {
		who.name = ""
	}
	if who.number == "" {
		x.odd(Lacks, "", "no file says whose archive this is")
	}
	return nil
}

// first returns the document in the first row of a type, nil if there is none.
func (x *xExport) first(ctx context.Context, kind string, around vocab.Property) (*vocab.Object, error) {
	for _, f := range x.files[kind] {
		for row, err := range x.rows(ctx, &Account{}, f) {
			if err != nil {
				return nil, err
			}
			if row.object != nil {
				return within(row.object, around), nil
			}
		}
	}
	return nil, nil
}

// readOwner reads account.js. The address for mail in it is nobody else's business,
// and the actor document is for everybody.
func (x *xExport) readOwner(ctx context.Context) error {
	o, err := x.first(ctx, "account", "account")
	if o == nil || err != nil {
		return err
	}
	who := &x.account
	who.number = cmp.Or(xMember(o, "accountId"), who.number)
	who.name = cmp.Or(xMember(o, "username"), who.name)
	who.display = cmp.Or(xMember(o, "accountDisplayName"), who.display)
	who.created = xMember(o, "createdAt")
	for _, private := range []vocab.Property{"email", "phoneNumber", "createdVia"} {
		if !o.Has(private) {
			continue
		}
		if o, err = o.Without(private); err != nil {
			return err
		}
	}
	x.odd(Lacks, x.files["account"][0].name, "address for mail and the like: not passed on")
	who.original.put("account", o)
	return nil
}

func (x *xExport) readProfile(ctx context.Context) error {
	o, err := x.first(ctx, "profile", "profile")
	if o == nil || err != nil {
		return err
	}
	if err := xDecode(o.Bytes(), &x.account.profile); err != nil {
		x.odd(TextFault, x.files["profile"][0].name, "not in the shape of a profile")
	}
	x.account.original.put("profile", o)
	return nil
}

// readUser reads user_details.js of an archive of before 2018.
func (x *xExport) readUser(ctx context.Context) error {
	for _, f := range x.files[xUser] {
		script, err := x.view.Bytes(ctx, f.name, xManifestLimit)
		if err != nil {
			return err
		}
		value, _ := xValue(script)
		o, err := x.view.Parse(value)
		if err != nil {
			return &Refusal{Dialect: "x", Reason: CodeNotData, Where: f.name, Err: err}
		}
		who := &x.account
		who.number, who.name = xMember(o, "id"), xMember(o, "screen_name")
		who.display, who.created = xMember(o, "full_name"), xMember(o, "created_at")
		about := &who.profile.Description
		about.Bio, about.Website, about.Location = xMember(o, "bio"), xMember(o, "expanded_url"), xMember(o, "location")
		who.original.put(xUser, o)
	}
	return nil
}

// readProtected tells who may read the posts: protected-history.js has a row for
// each time that the account was closed to all but its followers, or opened.
func (x *xExport) readProtected(ctx context.Context) error {
	files := x.files["protected_history"]
	if len(files) == 0 && (x.manifest == nil || !x.manifest.none("protectedHistory")) {
		return nil
	}
	last, when := "unprotect", time.Time{}
	for _, f := range files {
		for row, err := range x.rows(ctx, &Account{}, f) {
			if err != nil {
				return err
			}
			if row.object == nil {
				return nil
			}
			o := within(row.object, "protectedHistory")
			at, ok := o.Time("protectedAt")
			if !ok {
				return nil
			}
			if !at.Before(when) {
				last, when = strings.ToLower(o.Text("action")), at
			}
		}
	}
	switch last {
	case "protect":
		x.account.audience = portability.ForFollowers
	case "unprotect":
		x.account.audience = portability.ForPublic
	}
	return nil
}

// none reports whether the manifest counts nothing of a type.
func (m *xManifest) none(name string) bool {
	t, ok := m.Types[name]
	counted := func(i int) bool { return t.Files[i].Count != "0" }
	for i := range t.Files {
		ok = ok && !counted(i)
	}
	return ok && len(t.Files) > 0
}

// readMonth tells from the newest post of an archive of before 2018 whether the
// account was protected.
func (x *xExport) readMonth(ctx context.Context) error {
	months := x.files[xGrailbird]
	if len(months) == 0 {
		return nil
	}
	for row, err := range x.rows(ctx, &Account{}, months[len(months)-1]) {
		if err != nil || row.object == nil {
			return err
		}
		user := row.object.Child("user")
		if user == nil || !user.Has("protected") {
			return nil
		}
		x.account.audience = portability.ForPublic
		if user.Bool("protected") {
			x.account.audience = portability.ForFollowers
		}
		return nil
	}
	return nil
}

func (w *xAccount) iri() vocab.IRI {
	if w.number == "" {
		return ""
	}
	return xAccountIRI(w.number)
}

// page is the address of the account, or of one of its posts, under its name.
func (w *xAccount) page(post xText) string {
	switch {
	case w.name == "":
		return ""
	case post == "":
		return "https://x.com/" + string(w.name)
	}
	return "https://x.com/" + string(w.name) + "/status/" + string(post)
}

// document is the actor document, nil if the account is not known.
func (w *xAccount) document(x *xExport) (*vocab.Object, error) {
	if w.number == "" {
		return nil, nil
	}
	original, err := w.original.build()
	if err != nil {
		return nil, err
	}
	about := w.profile.Description
	var m maker
	m.put(vocab.Context, madeContext)
	m.put(vocab.ID, w.iri())
	m.put(vocab.Type, vocab.TypePerson)
	m.put(vocab.Username, string(w.name))
	m.put(vocab.Name, string(w.display))
	m.put(vocab.Summary, xMarkup{}.html(html.UnescapeString(string(about.Bio))))
	m.put(vocab.URL, w.page(""))
	m.put(vocab.Published, xDate(w.created))
	m.put(vocab.Icon, xPicture(w.profile.Avatar))
	m.put(vocab.Image, xPicture(w.profile.Header))
	m.put(vocab.Attachment, w.fields())
	if w.audience != "" {
		m.put(vocab.ManualApprove, w.audience == portability.ForFollowers)
	}
	m.put(OriginalMember, original)
	return m.build()
}

func (w *xAccount) fields() []map[string]any {
	var fields []map[string]any
	add := func(name string, value string) {
		if value != "" {
			fields = append(fields, map[string]any{"type": "PropertyValue", "name": name, "value": value})
		}
	}
	add("Website", xLink(string(w.profile.Description.Website), ""))
	add("Location", html.EscapeString(string(w.profile.Description.Location)))
	return fields
}

func xPicture(link xText) any {
	if !vocab.IRI(link).IsHTTP() {
		return nil
	}
	return map[string]any{"type": "Image", "mediaType": xMediaType(string(link)), "url": string(link)}
}

// pictures are the files of the account itself.
func (x *xExport) pictures() []kept {
	var files []kept
	for _, link := range []xText{x.account.profile.Avatar, x.account.profile.Header} {
		name := string(x.account.number) + "-" + xBase(string(link))
		entry := x.view.First(x.root+"data/profile_media/"+name, x.root+"profile_media/"+name)
		if entry != "" && vocab.IRI(link).IsHTTP() {
			files = append(files, kept{entry: entry, url: string(link), kind: xMediaType(string(link))})
		}
	}
	return files
}
