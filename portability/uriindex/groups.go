package uriindex

import (
	"bufio"
	"io"

	"codeberg.org/godwit/godwit/internal/scratch"
)

// groups are written beside the values, as they come.
type groups struct {
	file *scratch.Temp
	out  *bufio.Writer
	size int64
	// seen is where those stand that came last. Mappings of one account come
	// mostly together, for their Olds begin alike.
	seen       map[group]uint64
	held       int // bytes of seen
	body, line []byte
}

// mostSeen is how many bytes of groups are remembered.
const mostSeen = 1 << 20

func newGroups(folder *scratch.Folder) (*groups, error) {
	file, err := folder.Temp()
	if err != nil {
		return nil, err
	}
	return &groups{file: file, out: bufio.NewWriterSize(file, readBuffer), seen: map[group]uint64{}}, nil
}

// place returns where a group stands. One that was not seen for long is written
// again.
func (g *groups) place(one group) (uint64, error) {
	if at, ok := g.seen[one]; ok {
		return at, nil
	}
	at := uint64(g.size)
	g.body = one.append(g.body[:0])
	g.line = appendFrame(g.line[:0], g.body)
	if _, err := g.out.Write(g.line); err != nil {
		return 0, err
	}
	g.size += int64(len(g.line))
	const entry = 100 // what a map takes for one, about
	if g.held += one.size() + entry; g.held > mostSeen {
		clear(g.seen)
		g.held = one.size() + entry
	}
	g.seen[one] = at
	return at, nil
}

func (g *groups) writeTo(w io.Writer) (int64, error) {
	if err := g.out.Flush(); err != nil {
		return 0, err
	}
	return io.Copy(w, io.NewSectionReader(g.file, 0, g.size))
}

func (g *groups) close() error { return g.file.Close() }
