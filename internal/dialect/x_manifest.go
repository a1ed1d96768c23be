package dialect

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const xManifestLimit = 1 << 20

// An xManifest is data/manifest.js.
type xManifest struct {
	User struct {
		Account xText `json:"accountId"`
		Name    xText `json:"userName"`
		Display xText `json:"displayName"`
	} `json:"userInfo"`
	Archive struct {
		Generated xText `json:"generationDate"`
		Partial   xText `json:"isPartialArchive"`
	} `json:"archiveInfo"`
	Types map[string]xType `json:"dataTypes"`

	name string // of the entry
	at   time.Time
}

// An xType is one type of data in a manifest.
type xType struct {
	Media xText `json:"mediaDirectory"`
	Files []struct {
		Name  xText `json:"fileName"`
		Count xText `json:"count"` // a string of digits
	} `json:"files"`
}

// An xText is a string; a number or a boolean as it is written, digit by digit; or
// nothing, of anything else.
type xText string

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
func (t *xText) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	value, err := d.ReadValue()
	if err != nil {
		return err
	}
	switch value.Kind() {
	case '"':
		plain, err := jsontext.AppendUnquote(nil, value)
		*t = xText(plain)
		return err
	case '0', 't', 'f':
		*t = xText(value)
	}
	return nil
}

// number is a whole number that fits 64 bits, written as X writes them.
func (t xText) number() (uint64, bool) {
	n, err := strconv.ParseUint(string(t), 10, 64)
	return n, err == nil && n > 0 && strconv.FormatUint(n, 10) == string(t)
}

// xDecode reads what X wrote. Members are taken as they are named, and of those
// that stand twice the last.
func xDecode(data []byte, into any) error {
	return json.Unmarshal(data, into, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

func (x *xExport) readManifest(ctx context.Context, name string) (*xManifest, error) {
	script, err := x.view.Bytes(ctx, name, xManifestLimit)
	if err != nil {
		return nil, err
	}
	value, ok := xValue(script)
	if !ok {
		return nil, x.refuse(CodeNotData, name)
	}
	m := &xManifest{name: name}
	if _, err := x.view.Parse(value); err != nil {
		return nil, &Refusal{Dialect: "x", Reason: CodeNotData, Where: name, Err: err}
	}
	if err := xDecode(value, m); err != nil {
		return nil, &Refusal{Dialect: "x", Reason: NotReadable, Where: name, Err: err}
	}
	m.at, _ = time.Parse(time.RFC3339, string(m.Archive.Generated))
	return m, nil
}

// findListed takes the scripts that the newest of the manifests lists.
func (x *xExport) findListed(ctx context.Context, found []xFile) error {
	if err := x.choose(ctx, found); err != nil {
		return err
	}
	x.root = strings.TrimSuffix(path.Dir(x.manifest.name)+"/", "./")
	if before, ok := strings.CutSuffix(x.root, "data/"); ok && (before == "" || strings.HasSuffix(before, "/")) {
		x.root = before
	}
	if x.manifest.partial() {
		x.odd(VolumeMissing, x.manifest.name, "the manifest says that this is a part of the archive")
	}
	here := map[string]xFile{}
	for _, f := range found {
		here[f.name] = f
	}
	for _, name := range slices.Sorted(maps.Keys(x.manifest.Types)) {
		if err := x.findType(name, x.manifest.Types[name], here); err != nil {
			return err
		}
	}
	for _, f := range found {
		if _, left := here[f.name]; left && f.known() && f.kind != xConfig && strings.HasPrefix(f.name, x.root) {
			x.odd(Unlisted, f.name, "the manifest does not name it; it was not read")
		}
	}
	return nil
}

// choose takes the manifest of the newest export.
func (x *xExport) choose(ctx context.Context, found []xFile) error {
	var all []*xManifest
	for _, f := range found {
		if f.kind != xConfig {
			continue
		}
		m, err := x.readManifest(ctx, f.name)
		if err != nil {
			return err
		}
		all = append(all, m)
	}
	x.manifest = slices.MaxFunc(all, func(a, b *xManifest) int { return a.at.Compare(b.at) })
	for _, m := range all {
		if m != x.manifest {
			x.odd(NewestTaken, m.name, "an export of "+cmp.Or(date10(m.at), "no date"))
		}
	}
	return nil
}

func date10(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

func (m *xManifest) partial() bool { return m.Archive.Partial == "true" }

// findType takes the files of one type out of here. Where some are there and some
// are not, something was lost; where none is, somebody left the type out.
func (x *xExport) findType(name string, t xType, here map[string]xFile) error {
	var files []xFile
	var missing []string
	said := int64(0)
	for _, listed := range t.Files {
		count, err := strconv.ParseInt(string(listed.Count), 10, 64)
		if err != nil || count < 0 {
			count = -1
		}
		entry := x.place(string(listed.Name))
		f, ok := here[entry]
		switch {
		case !ok && !x.view.Has(entry):
			missing = append(missing, string(listed.Name))
			said += max(count, 0)
			continue
		case !ok: // named twice, or no script
			continue
		case !f.data:
			return x.refuse(CodeNotData, entry)
		}
		delete(here, entry)
		f.said = count
		files = append(files, f)
	}
	for _, f := range files {
		x.files[f.kind] = append(x.files[f.kind], f)
	}
	switch {
	case len(missing) == 0:
	case len(files) > 0 && !x.manifest.partial() && !x.view.Salvage:
		return x.refuse(MissingPart, missing[0])
	case len(files) > 0:
		x.odd(MissingPart, missing[0], fmt.Sprintf("%d files of %s are not there", len(missing), name))
	case said > 0:
		x.odd(MissingFile, missing[0], fmt.Sprintf("the manifest counts %d of %s", said, name))
	}
	return nil
}

// place is where a file of the manifest lies: below the root, or beside the
// manifest if somebody packed the folder data alone.
func (x *xExport) place(name string) string {
	beside := path.Join(path.Dir(x.manifest.name), path.Base(name))
	if below := x.root + name; x.view.Has(below) || !x.view.Has(beside) {
		return below
	}
	return beside
}
