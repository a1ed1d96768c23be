package backup

import (
	"context"
	"io"
	"strings"

	"codeberg.org/godwit/godwit/actor"
)

// Origin returns what an archive that is made from this one takes along, see
// [WriteOptions]: the manifest, integrity list and proof, if somebody signed them,
// since a conversion does not sign anew; and what this one took along itself.
func (r *Reader) Origin(ctx context.Context) []OriginFile {
	var files []OriginFile
	add := func(entry, name string) {
		files = append(files, OriginFile{Name: name, Open: func(ctx context.Context) (io.ReadCloser, error) {
			return r.OpenEntry(ctx, entry)
		}})
	}
	for e := range r.Entries() {
		if name, is := strings.CutPrefix(e.Name, originEntries); is {
			add(e.Name, name)
		}
	}
	if !r.signed(ctx) {
		return files
	}
	for _, entry := range []string{manifestEntry, integrityEntry, proofEntry} {
		add(entry, r.originName(entry))
	}
	return files
}

// originName is the name under which an entry rides along: in a folder of its own
// if an earlier origin is there already.
func (r *Reader) originName(entry string) string {
	name := entry[strings.LastIndexByte(entry, '/')+1:]
	for r.account.View().Has(originEntries + name) {
		name = "later/" + name
	}
	return name
}

// signed reports whether somebody signed the archive.
func (r *Reader) signed(ctx context.Context) bool {
	view := r.account.View()
	if !view.Has(proofEntry) || !view.Has(integrityEntry) {
		return false
	}
	doc, err := view.Document(ctx, proofEntry)
	return err == nil && len(actor.Proofs(doc)) > 0
}
