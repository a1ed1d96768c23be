package dialect

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/internal/container"
	"codeberg.org/godwit/godwit/internal/manifest"
)

// fep6fcd reads archives after FEP-6fcd (Universal Backup Container, 0.1): those of
// godwit, laid out as backup/DESIGN.md says; those laid out as the FEP's example;
// and those of wallet-export-ts and Hollo, which hold what a server gives its
// clients, and are told apart by that.
func fep6fcd() Dialect {
	return Dialect{Name: nameFEP6fcd, Match: matchFEP6fcd, Read: readFEP6fcd}
}

const nameFEP6fcd = "fep-6fcd"

// The manifest is manifest.yml in the text of the FEP, and manifest.yaml in the
// archives of wallet-export-ts.
func manifestNames() []string { return []string{manifest.Name, "manifest.yaml"} }

// apFolder is where the FEP's example has what is ActivityPub.
const apFolder = "activitypub/"

// matchFEP6fcd takes what has a manifest, and what has lost it and is laid out as
// the FEP's example all the same.
func matchFEP6fcd(_ context.Context, v *View) (bool, error) {
	if v.First(manifestNames()...) != "" {
		return true, nil
	}
	return v.First(apFolder+actorName, apFolder+outboxName, IntegrityEntry) != "", nil
}

// A fepArchive is an archive of FEP-6fcd while it is opened.
type fepArchive struct {
	view    *View
	account *Account
	info    *ArchiveInfo
	// manifest is nil where there is none, or where it was given up in salvage.
	manifest *manifest.Manifest
	digest   string // of the manifest, in hex
	folder   string // in which the ActivityPub files are, with its slash; "" is the root
	api      bool   // the outbox is what Hollo gives its clients
	used     map[string]bool
}

func readFEP6fcd(ctx context.Context, v *View) (*Account, error) {
	info := &ArchiveInfo{view: v}
	f := &fepArchive{view: v, info: info, account: &Account{Archive: info}, used: map[string]bool{}}
	for _, step := range []func(context.Context) error{
		f.readManifest, f.readProof, f.readIntegrity, f.readVolume, f.compare, f.judgeEnd, f.readAccount,
	} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return f.account, nil
}

// refuse is for what is wrong with the whole: in salvage it is only noted. A cause
// that is a refusal itself stands for it.
func (f *fepArchive) refuse(r Reason, where string, cause error) error {
	var below *Refusal
	switch detail := ""; {
	case f.view.Salvage:
		if cause != nil {
			detail = cause.Error()
		}
		f.note(r, where, detail)
		return nil
	case errors.As(cause, &below):
		return &Refusal{Dialect: nameFEP6fcd, Reason: below.Reason, Where: below.Where, Err: below.Err}
	}
	return &Refusal{Dialect: nameFEP6fcd, Reason: r, Where: where, Err: cause}
}

func (f *fepArchive) note(r Reason, where, detail string) { f.account.Note(Problem{r, where, detail}) }

// has reports whether an entry is there and listed: what the manifest does not list
// is no part of the archive.
func (f *fepArchive) has(name string) bool {
	return f.view.Has(name) && (f.manifest == nil || f.manifest.Lists(name))
}

// own reports whether the archive is laid out as package backup does it.
func (f *fepArchive) own() bool {
	return f.info.Manifest.Spec.ID == manifest.SpecID || f.info.Volume != nil
}

// readManifest finds the manifest and reads it.
func (f *fepArchive) readManifest(ctx context.Context) error {
	v := f.view
	f.info.ManifestName = v.First(manifestNames()...)
	name := f.info.ManifestName
	if name == "" {
		f.note(MissingFile, manifest.Name, "")
		return f.linked(ctx, manifestNames()...)
	}
	if slices.IndexFunc(manifestNames(), func(n string) bool { return n != name && v.Has(n) }) >= 0 {
		if err := f.refuse(ManifestTwice, name, nil); err != nil {
			return err
		}
	}
	m, err := f.parseManifest(ctx, name)
	if err != nil || m == nil {
		return err
	}
	f.manifest, f.info.Manifest = m, m.Meta
	if name != manifest.Name {
		f.note(ManifestOdd, name, "not named "+manifest.Name)
	}
	if v.Names()[0] != name && v.Format() != container.FormatFolder {
		f.note(ManifestOdd, name, "not the first entry")
	}
	for _, odd := range m.Odd {
		f.note(ManifestOdd, name, string(odd))
	}
	return nil
}

const mostManifest = 1 << 20

// parseManifest returns nil for a manifest that was given up in salvage.
func (f *fepArchive) parseManifest(ctx context.Context, name string) (*manifest.Manifest, error) {
	if f.view.Size(name) > mostManifest {
		return nil, f.refuse(ManifestBad, name, &manifest.Error{Reason: manifest.TooLarge})
	}
	data, err := f.view.Bytes(ctx, name, mostManifest)
	if err != nil {
		return nil, f.damaged(name, err)
	}
	f.digest = hexSum(data)
	m, err := manifest.Parse(data, nil)
	var bad *manifest.Error
	switch {
	case errors.As(err, &bad) && bad.Version():
		return nil, f.refuse(ManifestVersion, name, err)
	case err != nil:
		return nil, f.refuse(ManifestBad, name, err)
	}
	return m, nil
}

// damaged is for an entry that cannot be read: in salvage it is given up.
func (f *fepArchive) damaged(name string, err error) error {
	var bad *container.Error
	if f.view.givesUp(err) && errors.As(err, &bad) {
		f.note(PartlyRead, name, string(bad.Reason))
		return nil
	}
	return err
}

// linked refuses an archive in which one of the entries is a link or a device.
func (f *fepArchive) linked(ctx context.Context, names ...string) error {
	for _, name := range names {
		r, err := f.view.Open(ctx, name)
		if err == nil {
			r.Close()
			continue
		}
		var bad *container.Error
		if errors.As(err, &bad) && (bad.Reason == container.ReasonLink || bad.Reason == container.ReasonSpecial) {
			if err := f.refuse(LinkReferenced, name, nil); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// compare holds the manifest's list against what is there.
func (f *fepArchive) compare(ctx context.Context) error {
	if f.manifest == nil {
		return nil
	}
	there := f.folders()
	for path, e := range f.manifest.Walk() {
		if f.view.Has(path) || there[path] || e.Folder && len(e.Contents) == 0 || f.may(path) {
			continue
		}
		if err := f.absent(ctx, path); err != nil {
			return err
		}
	}
	for _, name := range f.view.Names() {
		if !f.manifest.Lists(name) && name != f.info.ManifestName {
			f.note(Unlisted, name, "")
		}
	}
	return nil
}

// folders are those listed paths below which there is something.
func (f *fepArchive) folders() map[string]bool {
	there := map[string]bool{}
	for _, name := range f.view.Names() {
		for dir := path.Dir(name); dir != "." && !there[dir]; dir = path.Dir(dir) {
			if f.manifest.Find(dir) != nil {
				there[dir] = true
			}
		}
	}
	return there
}

// may reports whether a listed entry need not be there. The manifest of package
// backup is a constant, and lists what an archive may have.
func (f *fepArchive) may(path string) bool {
	if !f.own() {
		return false
	}
	switch path {
	case apFolder + "attachments", "key", strings.TrimSuffix(OriginFolder, "/"), "received/inbox.json.age":
		return true
	}
	return false
}

// absent is about an entry that is listed and not there.
func (f *fepArchive) absent(ctx context.Context, path string) error {
	if slices.Contains(manifestNames(), path) {
		f.note(ManifestOdd, f.info.ManifestName, "lists itself as "+path)
		return nil
	}
	f.note(ListedAbsent, path, "")
	return f.linked(ctx, path)
}

func hexSum(data []byte) string { return fmt.Sprintf("%x", sha256.Sum256(data)) }
