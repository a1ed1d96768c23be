package dialect

import (
	"context"
	"iter"
	"path"
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// readAccount reads the actor, and lists the parts.
func (f *fepArchive) readAccount(ctx context.Context) error {
	f.folder = apFolder
	if !f.has(apFolder+actorName) && !f.has(apFolder+outboxName) && (f.has(actorName) || f.has(outboxName)) {
		f.folder = ""
	}
	if err := f.readActor(ctx); err != nil {
		return err
	}
	if err := f.oneOutbox(); err != nil {
		return err
	}
	if err := f.outboxParts(ctx); err != nil {
		return err
	}
	for _, e := range fepEntries() {
		f.add(e)
	}
	f.addReceived()
	for _, parts := range []func(context.Context) ([]Part, error){f.csvParts, f.keyFiles, f.unknownParts} {
		more, err := parts(ctx)
		if err != nil {
			return err
		}
		f.account.Parts = append(f.account.Parts, more...)
	}
	f.sealed()
	f.account.Parts = append(f.account.Parts, leftovers(f.view, f.isUsed))
	return nil
}

// readActor reads the actor, as ActivityStreams or as servers' clients have it. One
// that is there and cannot be read is fatal: nobody would know whose the rest is.
func (f *fepArchive) readActor(ctx context.Context) error {
	name := f.folder + actorName
	if !f.has(name) {
		if f.manifest == nil || f.own() {
			f.note(MissingFile, name, "")
		}
		return nil
	}
	f.used[name] = true
	o, err := f.view.damagedDocument(ctx, f.account, name)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return f.refuse(NotReadable, name, err)
	case o.Len() == 0:
		return nil
	case isAPIAccount(o):
		if o, err = APIActor(o, vocab.IRI(o.Text(vocab.URL))); err != nil {
			return f.refuse(NotReadable, name, err)
		}
	}
	f.account.Doc, f.account.Owner = o, portability.ReadershipOf(o)
	return nil
}

// oneOutbox refuses an archive with two: nobody knows which is the account's.
func (f *fepArchive) oneOutbox() error {
	for _, name := range f.view.Names() {
		if path.Base(name) == outboxName && name != f.folder+outboxName && f.has(f.folder+outboxName) &&
			!strings.HasPrefix(name, OriginFolder) {
			return f.refuse(TwoOutboxes, name, nil)
		}
	}
	return nil
}

// outboxParts adds the outbox and the files: as godwit lays them out, as Hollo has
// them, or else as they are in the FEP's example, which says nothing of how posts
// name their files.
func (f *fepArchive) outboxParts(ctx context.Context) error {
	c := f.collection(f.folder + outboxName)
	api, err := f.isAPIOutbox(ctx, c.entry)
	if err != nil {
		return f.damaged(c.entry, err)
	}
	f.account.Media = openByPath(f.view)
	switch {
	case f.has(MediaEntry):
		media := f.newMedia(newTakeoutFiles(f.view, f.folder, c))
		f.account.Media, c.attach = media.open, media.attach
		f.used[MediaEntry] = true
		f.account.Parts = append(f.account.Parts, f.mediaLines())
		if f.account.Doc != nil {
			f.account.Parts = append(f.account.Parts, media.actor(f.account.Doc))
		}
	case api:
		f.api, f.used[c.entry] = true, true
		return f.hollo(ctx, c.entry)
	default:
		files := newTakeoutFiles(f.view, f.folder, c)
		c.attach = files.attach
		f.account.Parts = append(f.account.Parts, mediaPart(f.view, f.folder+"attachments", f.attachments(files)))
	}
	if !f.has(c.entry) {
		return nil
	}
	f.used[c.entry] = true
	f.account.Parts = append(f.account.Parts, c.outbox()...)
	if !f.own() {
		f.account.Parts = append(f.account.Parts, c.headPart())
	}
	if f.account.Doc != nil {
		return nil
	}
	t := takeout{view: f.view, account: f.account}
	return f.given(c.entry, t.guess(ctx, c))
}

// given is damaged for what may be no error at all.
func (f *fepArchive) given(name string, err error) error {
	if err == nil {
		return nil
	}
	return f.damaged(name, err)
}

// attachments are the files that no post names.
func (f *fepArchive) attachments(files *takeoutFiles) func(context.Context) iter.Seq2[kept, error] {
	return func(ctx context.Context) iter.Seq2[kept, error] {
		return func(yield func(kept, error) bool) {
			all := files.unused(nil)
			if !f.has(f.folder + outboxName) {
				all = someFiles(f.allMedia()...)
			}
			for file, err := range all(ctx) {
				if err == nil && (!f.isMedium(file.entry) || !f.has(file.entry)) {
					continue
				}
				if !yield(file, err) {
					return
				}
			}
		}
	}
}

func (f *fepArchive) allMedia() []kept {
	var all []kept
	for _, name := range f.view.Names() {
		if f.isMedium(name) && f.has(name) {
			all = append(all, kept{entry: name, url: name, kind: typeByName(name)})
		}
	}
	return all
}

// isMedium tells files that were uploaded from those that nobody knows.
func (f *fepArchive) isMedium(name string) bool {
	known := strings.HasPrefix(name, f.folder+"attachments/") || strings.HasPrefix(name, holloFolder) || typeByName(name) != ""
	return known && isFile(name)
}

// csvParts are the lists of which there is no collection.
func (f *fepArchive) csvParts(ctx context.Context) ([]Part, error) {
	var parts []Part
	for _, entry := range f.view.Glob(f.folder + "*.csv") {
		if !f.has(entry) {
			continue
		}
		found, err := lookAtList(ctx, f.view, entry)
		if err != nil {
			if err := f.damaged(entry, err); err != nil {
				return nil, err
			}
			continue
		}
		k, known := kindOfCSV(found.usual)
		if known && slices.ContainsFunc(f.account.Parts, func(p Part) bool { return p.Kind == k }) {
			f.used[entry] = true
			continue
		}
		if found.isList && known && found.agree {
			f.used[entry] = true
			parts = append(parts, csvPart(f.account, f.view, entry, found.usual))
		} else if part, ok := found.part(f.account, f.view); ok {
			f.used[entry] = true
			parts = append(parts, part)
		}
	}
	return parts, nil
}

// isUsed reports whether an entry is no item of its own: it is read otherwise, says
// something of the archive, or is none of it.
func (f *fepArchive) isUsed(name string) bool {
	switch {
	case f.used[name], !f.has(name), name == f.info.ManifestName, isSecret(name), f.isMedium(name),
		strings.HasPrefix(name, "godwit/"), strings.HasSuffix(name, ".age"),
		f.has(MediaEntry) && strings.HasPrefix(name, f.folder+"attachments/"):
		return true
	}
	return false
}
