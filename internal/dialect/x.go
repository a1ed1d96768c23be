package dialect

import (
	"context"
	"path"
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/vocab"
)

// xArchive reads the archives of X, formerly Twitter: whole ones, by their manifest; some
// of their files alone, such as follower.js; and the archives of before 2018, which
// have posts only.
//
// Nothing in them is evaluated. An account is https://x.com/i/user/ and its
// number, a post https://x.com/i/web/status/ and its own: both lead there under
// whatever name the account has by now, and are told from a lone file, too. The
// address with the name is the document's url.
func xArchive() Dialect { return Dialect{Name: "x", Match: matchX, Read: readX} }

// mostXFiles is how many scripts are looked into; X writes about a hundred.
const mostXFiles = 10_000

// An xFile is one script of an archive: a part of one type of data.
type xFile struct {
	xAssigned
	name string // of the entry
	said int64  // how many elements the manifest counts; -1 if it says nothing
}

// An xExport is an archive of X, or what there is of one.
type xExport struct {
	view     *View
	manifest *xManifest         // nil if there is none
	root     string             // the folder that names in the manifest are below; "" or with a slash
	files    map[string][]xFile // by type, in the order of their parts
	scripts  []xFile            // those that were numbered, see xExport.rows
	media    []string           // folders with the files that posts use
	account  xAccount
	problems []Problem
}

func matchX(ctx context.Context, v *View) (bool, error) {
	for _, name := range xScripts(v) {
		as, err := xHead(ctx, v, name)
		if err != nil || as.known() {
			return err == nil, err
		}
	}
	return false, nil
}

// xScripts are the entries that may be scripts.
func xScripts(v *View) []string {
	if lone := v.Lone(); lone != "" {
		return []string{lone}
	}
	var names []string
	for _, name := range v.Names() {
		if strings.EqualFold(path.Ext(name), ".js") && len(names) < mostXFiles {
			names = append(names, name)
		}
	}
	return names
}

func readX(ctx context.Context, v *View) (*Account, error) {
	x := &xExport{view: v, files: map[string][]xFile{}}
	if err := x.find(ctx); err != nil {
		return nil, err
	}
	if err := x.readAccount(ctx); err != nil {
		return nil, err
	}
	doc, err := x.account.document(x)
	if err != nil {
		return nil, err
	}
	a := &Account{Doc: doc, Media: openByPath(v), Pictures: map[vocab.IRI]string{}}
	for _, picture := range x.pictures() {
		a.Pictures[vocab.IRI(picture.url)] = picture.entry
	}
	a.Owner.Actor = x.account.iri()
	x.findMedia()
	a.Parts = x.parts(a)
	a.Problems = x.problems
	return a, nil
}

// find sorts the scripts by what they are.
func (x *xExport) find(ctx context.Context) error {
	var found []xFile
	for _, name := range xScripts(x.view) {
		as, err := xHead(ctx, x.view, name)
		if err != nil {
			return err
		}
		found = append(found, xFile{xAssigned: as, name: name, said: -1})
	}
	if slices.ContainsFunc(found, func(f xFile) bool { return f.kind == xConfig }) {
		return x.findListed(ctx, found)
	}
	return x.findLone(found)
}

// findLone takes the scripts of a container without a manifest.
func (x *xExport) findLone(found []xFile) error {
	for _, f := range found {
		switch {
		case f.known() && !f.data:
			return x.refuse(CodeNotData, f.name)
		case f.known():
			x.files[f.kind] = append(x.files[f.kind], f)
		}
	}
	for kind, files := range x.files {
		slices.SortStableFunc(files, func(a, b xFile) int { return a.part - b.part })
		for i := range files[1:] {
			if files[i].part == files[i+1].part {
				return x.refuse(TwoOutboxes, files[i+1].name)
			}
		}
		if last := files[len(files)-1]; kind != xGrailbird && last.part != len(files)-1 {
			x.odd(MissingPart, last.name, "parts before this one are not there")
		}
	}
	return nil
}

func (x *xExport) refuse(r Reason, where string) error {
	return &Refusal{Dialect: "x", Reason: r, Where: where}
}

func (x *xExport) odd(r Reason, where, detail string) {
	if len(x.problems) < mostOdd {
		x.problems = append(x.problems, Problem{Reason: r, Where: where, Detail: detail})
	}
}
