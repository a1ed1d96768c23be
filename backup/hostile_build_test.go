package backup_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"strings"
)

// The builders make archives of an account whose files are these.
type hostileFile struct{ name, body string }

const (
	hostileMe     = "https://old.example/users/alice"
	hostilePublic = "https://www.w3.org/ns/activitystreams#Public"
)

// A hostileDoc is a document that can be changed. What is set to nil is left out.
type hostileDoc map[string]any

func (d hostileDoc) with(pairs ...any) hostileDoc {
	d = maps.Clone(d)
	for i := 0; i < len(pairs); i += 2 {
		if name := pairs[i].(string); pairs[i+1] == nil {
			delete(d, name)
		} else {
			d[name] = pairs[i+1]
		}
	}
	return d
}

func (d hostileDoc) String() string {
	text, err := json.Marshal(d)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func hostileActor() hostileDoc {
	return hostileDoc{"@context": "https://www.w3.org/ns/activitystreams", "id": hostileMe, "type": "Person",
		"preferredUsername": "alice", "inbox": hostileMe + "/inbox", "outbox": hostileMe + "/outbox", "followers": hostileMe + "/followers"}
}

// hostileNote is a public post, the nth of a day.
func hostileNote(n int) hostileDoc {
	return hostileDoc{"id": fmt.Sprintf("%s/statuses/%d", hostileMe, n), "type": "Note", "attributedTo": hostileMe,
		"published": fmt.Sprintf("2020-01-01T%02d:%02d:%02dZ", n/3600%24, n/60%60, n%60), "to": []string{hostilePublic},
		"cc": []string{hostileMe + "/followers"}, "content": fmt.Sprintf("<p>post %d</p>", n)}
}

// done is an activity about a document, by the account, for those whom it is for.
func (d hostileDoc) done(kind string) hostileDoc {
	return hostileDoc{"id": fmt.Sprint(d["id"], "/activity"), "type": kind, "actor": hostileMe,
		"published": d["published"], "to": d["to"], "cc": d["cc"], "object": d}
}

func (d hostileDoc) create() hostileDoc { return d.done("Create") }

// hostileOutbox is an outbox of elements that are text.
func hostileOutbox(items ...string) string {
	return fmt.Sprintf(`{"@context":"https://www.w3.org/ns/activitystreams","id":"outbox.json","type":"OrderedCollection","totalItems":%d,"orderedItems":[%s]}`,
		len(items), strings.Join(items, ","))
}

// hostileAround puts a post before the documents and one behind them, that show
// that what is between them costs nobody else anything.
func hostileAround(docs ...hostileDoc) []string {
	items := []string{hostileNote(1).create().String()}
	for _, d := range docs {
		items = append(items, d.String())
	}
	return append(items, hostileNote(86399).create().String())
}

// hostileTakeout is a takeout of Mastodon with an outbox, and other files.
func hostileTakeout(outbox string, more ...hostileFile) hostileInput {
	return hostileBytes(hostileZip(hostileTakeoutFiles(outbox, more...)...))
}

func hostileTakeoutFiles(outbox string, more ...hostileFile) []hostileFile {
	return append([]hostileFile{{"actor.json", hostileActor().String()}, {"outbox.json", outbox}}, more...)
}

func hostileZip(files ...hostileFile) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		fw, err := w.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Deflate})
		if err == nil {
			_, err = io.WriteString(fw, f.body)
		}
		if err != nil {
			panic(err)
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// hostileTar is a tar; a body that begins with "-> " makes a link.
func hostileTar(files ...hostileFile) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		h := &tar.Header{Name: f.name, Mode: 0o644, Typeflag: tar.TypeReg, Size: int64(len(f.body))}
		if target, is := strings.CutPrefix(f.body, "-> "); is {
			h = &tar.Header{Name: f.name, Typeflag: tar.TypeSymlink, Linkname: target}
		}
		err := w.WriteHeader(h)
		if err == nil && h.Typeflag == tar.TypeReg {
			_, err = io.WriteString(w, f.body)
		}
		if err != nil {
			panic(err)
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// hostileContainer is an archive as the FEP's example has it, with another manifest.
func hostileContainer(manifest string, more ...hostileFile) []hostileFile {
	return append([]hostileFile{
		{"manifest.yml", manifest},
		{"activitypub/actor.json", hostileActor().String()},
		{"activitypub/outbox.json", hostileOutbox(hostileAround()...)},
	}, more...)
}

const hostileListed = "contents:\n  activitypub:\n    contents:\n      actor.json:\n      outbox.json:\n"

const hostileManifest = "ubc-version: 0.1\n" + hostileListed
