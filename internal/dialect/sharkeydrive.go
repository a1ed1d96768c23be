package dialect

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"iter"
	"path"
	"strings"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// driveFiles finds files of an export by the names that they had in the drive: the
// entry is named so, with the ending of the media type added. Of files of one name
// only the last is there.
type driveFiles struct {
	view   *View
	byName nameIndex
}

func driveFilesOf(v *View) driveFiles {
	return driveFiles{v, indexNames(v, driveName, isDriveFile)}
}

func isDriveFile(entry string) bool { return strings.HasPrefix(entry, "files/") }

// driveName is the name in the drive of an entry.
func driveName(entry string) string {
	name := strings.TrimPrefix(entry, "files/")
	return strings.TrimSuffix(name, path.Ext(name))
}

// ofNote is the entry of a file that a note uses: the only one that has its name
// and its size. "" if none has, or two have.
func (d driveFiles) ofNote(file *vocab.Object) string {
	size, said := file.Int64("size")
	found, places := "", d.byName.find(file.Text("name"))
	if len(places) > mostCandidates {
		return "" // no drive has so many endings
	}
	for _, place := range places {
		entry := d.byName.names[place]
		switch {
		case said && d.view.Size(entry) != size:
		case found != "":
			return ""
		default:
			found = entry
		}
	}
	return found
}

// drive yields the files of the drive, each with its row, and those without a row.
func (s *sharkeyExport) drive(ctx context.Context) iter.Seq2[kept, error] {
	return func(yield func(kept, error) bool) {
		named := namedEntries{indexNames(s.view, whole, isDriveFile), make([]bool, len(s.view.Names()))}
		if s.view.Has("drive.json") {
			for e, err := range s.list("drive").elements(ctx) {
				if err != nil {
					yield(kept{}, err)
					return
				}
				file, err := s.driveFile(ctx, e.Data, fmt.Sprintf("drive.json@%d", e.Offset))
				named.add(file.entry)
				if !yield(file, err) || err != nil {
					return
				}
			}
		}
		for place, entry := range named.names {
			if isDriveFile(entry) && !named.seen[place] && !yield(kept{entry: entry}, nil) {
				return
			}
		}
	}
}

// driveFile reads a row of the drive. A row whose checksum is of other bytes than
// those that stand under its name has lost its file to one of the same name.
func (s *sharkeyExport) driveFile(ctx context.Context, data []byte, where string) (kept, error) {
	row, err := s.view.Parse(data)
	if err != nil || row.Child("file") == nil {
		bad := portability.Problem{Reason: portability.Unreadable, Detail: where, Fatal: true}
		return kept{entry: where, problems: []portability.Problem{bad}}, nil
	}
	about, err := s.withhold(row.Child("file"), "drive.json")
	if err != nil {
		return kept{}, err
	}
	if row, err = row.With("file", about); err != nil {
		return kept{}, err
	}
	file := kept{
		entry: "files/" + row.Text("fileName"), url: about.Text("url"), kind: about.Text("type"),
		name: about.Text("comment"), original: row,
	}
	same, err := s.hasSum(ctx, file.entry, about)
	if err != nil || same {
		return file, err
	}
	file.problems = []portability.Problem{{Reason: portability.BadMedia, Detail: "the file under its name is another; one of the same name has taken its place"}}
	file.entry = where
	return file, nil
}

// hasSum reports whether an entry has the size and the MD5 sum that its row says.
// What the row does not say, and an entry that is not there, differ in nothing.
func (s *sharkeyExport) hasSum(ctx context.Context, entry string, row *vocab.Object) (bool, error) {
	if !s.view.Has(entry) {
		return true, nil
	}
	if size, ok := row.Int64("size"); ok && size != s.view.Size(entry) {
		return false, nil
	}
	want := row.Text("md5")
	if want == "" {
		return true, nil
	}
	r, err := s.view.Open(ctx, entry)
	if err != nil {
		return true, ctx.Err() // whoever reads it says what is wrong
	}
	defer r.Close()
	h := md5.New()
	if _, err := io.Copy(h, r); err != nil {
		return true, ctx.Err()
	}
	return strings.EqualFold(hex.EncodeToString(h.Sum(nil)), want), nil
}
