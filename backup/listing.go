package backup

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// A listing is the files in the order of their digests, each with its line of
// media.jsonl.
type listing struct {
	lines *draft
	files *spool
	next  *listed
	r     io.Reader
}

// listed is one file. One that only the base has, or that was never there, has no
// path.
type listed struct {
	at, size int64
	path     string
	line     []byte
}

// listing sorts what is known of files, and writes it down.
func (a *assembly) listing() (*listing, error) {
	lines, err := a.draft(mediaEntry)
	if err != nil {
		return nil, err
	}
	sorter := a.w.folder.Sorter()
	err = a.sortFacts(sorter.Add)
	var g group
	if err == nil {
		for record, failed := range sorter.All() {
			if err = errors.Join(failed, a.ctx.Err()); err != nil {
				break
			}
			f := fact{digest: [32]byte(record), class: record[32], text: bytes.Clone(record[33:])}
			if f.digest != g.digest {
				if err = a.list(lines, &g); err != nil {
					break
				}
				g = group{digest: f.digest}
			}
			g.add(f)
		}
	}
	if err == nil {
		err = a.list(lines, &g)
	}
	if err := errors.Join(err, diskError("the sorting of files", sorter.Close()), lines.buf.Flush()); err != nil {
		return nil, err
	}
	files, err := a.w.spool(filesSpool)
	return &listing{lines: lines, files: files}, err
}

func (a *assembly) sortFacts(add func([]byte) error) error {
	for f, err := range a.w.facts() {
		if err != nil {
			return err
		}
		if err := a.w.disk.trouble("the sorting of files"); err != nil {
			return diskError("the sorting of files", err)
		}
		record := append(append(f.digest[:], f.class), f.text...)
		if err := add(record); err != nil {
			return diskError("the sorting of files", err)
		}
	}
	return nil
}

// A group is all that is known of one file.
type group struct {
	digest             [32]byte
	said               bool
	file               []byte
	claims, urls, uses []string
	item               []byte
	size               int // of the lists
}

// mostListed is how long the lists of one line may be; a document is at most
// mostElement long, and so is a line.
const mostListed = mostElement/2 - 1024

func (g *group) add(f fact) {
	g.said = true
	switch f.class {
	case factFile:
		g.file = f.text
	case factItem:
		g.item = f.text
	case factClaim:
		g.put(&g.claims, string(f.text))
	case factURL:
		g.put(&g.urls, string(f.text))
	case factUse:
		g.put(&g.uses, string(f.text))
	}
}

// put adds to a list what is not in it. Facts come sorted, so that the same stands
// behind the same.
func (g *group) put(list *[]string, text string) {
	if n := len(*list); n > 0 && (*list)[n-1] == text {
		return
	}
	if g.size += 2*len(text) + 3; g.size <= mostListed {
		*list = append(*list, text)
	}
}

// list writes down a file.
func (a *assembly) list(to io.Writer, g *group) error {
	if !g.said {
		return nil
	}
	a.listed++
	one := listed{at: -1}
	mediaType := ""
	if g.file != nil {
		one.at = int64(binary.BigEndian.Uint64(g.file))
		one.size = int64(binary.BigEndian.Uint64(g.file[8:]))
		mediaType = string(g.file[16:])
		one.path = attachmentPath(hexOf(g.digest[:]), mediaType)
		a.files.add(one.size)
	}
	var err error
	if one.line, err = g.line(one, mediaType); err != nil {
		return err
	}
	head := binary.BigEndian.AppendUint64(nil, uint64(one.at))
	head = binary.BigEndian.AppendUint64(head, uint64(one.size))
	head = binary.BigEndian.AppendUint32(head, uint32(len(one.path)))
	head = binary.BigEndian.AppendUint32(head, uint32(len(one.line)))
	_, err = to.Write(slices.Concat(head, []byte(one.path), one.line))
	return err
}

// line is the line of media.jsonl: what is known here, what the source's own item
// has besides, and who uses it.
func (g *group) line(one listed, mediaType string) ([]byte, error) {
	var said *vocab.Object
	if len(g.item) > 0 {
		var err error
		if said, err = unbare(portability.Media, g.item); err != nil {
			return nil, err
		}
		g.join(&g.urls, said, "urls")
		g.join(&g.uses, said, "usedBy")
		g.join(&g.claims, said, "claimedTypes")
		if t := said.Text("mediaType"); t != "" && !sameMediaType(t, mediaType) {
			g.put(&g.claims, t)
		}
	}
	line := append([]byte(`{"digest":"`), hexOf(g.digest[:])...)
	line = append(line, '"')
	if one.path != "" {
		line = append(strconv.AppendInt(append(line, `,"size":`...), one.size, 10), `,"mediaType":`...)
		line = append(append(line, quote(mediaType)...), `,"path":`...)
		line = append(line, quote(one.path)...)
	}
	line = appendList(line, "urls", g.urls)
	if said != nil {
		for name, v := range said.Members() {
			if !slices.Contains([]string{"digest", "size", "mediaType", "path", "urls", "usedBy", "claimedTypes"}, name) {
				line = append(append(append(line, ','), quote(name)...), ':')
				line = append(line, oneLine(v.Raw())...)
			}
		}
	}
	line = appendList(line, "claimedTypes", g.claims)
	line = appendList(line, "usedBy", g.uses)
	return append(line, "}\n"...), nil
}

// join adds what the source's own item lists.
func (g *group) join(list *[]string, said *vocab.Object, name string) {
	there := map[string]bool{}
	for _, text := range *list {
		there[text] = true
	}
	v, _ := has(said, name)
	for one := range v.Elements() {
		if text, ok := one.Text(); ok && !there[text] {
			there[text] = true
			g.put(list, text)
		}
	}
}

func appendList(line []byte, name string, list []string) []byte {
	if len(list) == 0 {
		return line
	}
	slices.Sort(list)
	line = append(append(append(line, ','), quote(name)...), ":["...)
	for i, text := range slices.Compact(list) {
		if i > 0 {
			line = append(line, ',')
		}
		line = append(line, quote(text)...)
	}
	return append(line, ']')
}

// peek reads the next file, nil behind the last. It is valid until skip.
func (l *listing) peek() (*listed, error) {
	if l.next != nil {
		return l.next, nil
	}
	if l.r == nil {
		l.rewind()
	}
	var head [24]byte
	if _, err := io.ReadFull(l.r, head[:]); err == io.EOF {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	rest := make([]byte, binary.BigEndian.Uint32(head[16:])+binary.BigEndian.Uint32(head[20:]))
	if _, err := io.ReadFull(l.r, rest); err != nil {
		return nil, err
	}
	name := binary.BigEndian.Uint32(head[16:])
	l.next = &listed{at: int64(binary.BigEndian.Uint64(head[:])), size: int64(binary.BigEndian.Uint64(head[8:])),
		path: string(rest[:name]), line: rest[name:]}
	return l.next, nil
}

func (l *listing) skip() { l.next = nil }

// rewind begins again.
func (l *listing) rewind() {
	l.r = bufio.NewReaderSize(l.lines.section(0, l.lines.n), readAhead)
	l.next = nil
}

// again gives another reader of the same, at its beginning.
func (l *listing) again() *listing { return &listing{lines: l.lines, files: l.files} }

// oneLine is a value on one line: some documents have line breaks between members.
func oneLine(raw []byte) []byte {
	compact := jsontext.Value(bytes.Clone(raw))
	if err := compact.Compact(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)); err != nil {
		return raw
	}
	return compact
}
