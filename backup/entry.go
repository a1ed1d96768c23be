package backup

import (
	"bufio"
	"context"
	"io"
	"strconv"
)

// An entry is a file of the archive that is going to be written.
type entry struct {
	name  string
	size  int64
	write func(to io.Writer) error

	digest  string // that it must have; "" where it is not known before
	damaged error  // what is wrong if it has another
}

func bytesEntry(name string, data []byte) entry {
	return entry{name: name, size: int64(len(data)), write: func(to io.Writer) error {
		_, err := to.Write(data)
		return err
	}}
}

// A draft is a file of the work folder in which an entry is made whose size is not
// known before.
type draft struct {
	file *diskFile
	n    int64
	buf  *bufio.Writer
}

// draft makes a file that is removed with the work folder.
func (a *assembly) draft(name string) (*draft, error) {
	f, err := a.w.disk.open("draft-"+strconv.Itoa(len(a.drafts)), "the draft of "+name, 0)
	if err != nil {
		return nil, err
	}
	d := &draft{file: f}
	d.buf = bufio.NewWriterSize(drafting{d}, readAhead)
	a.drafts = append(a.drafts, d)
	return d, nil
}

type drafting struct{ d *draft }

func (w drafting) Write(p []byte) (int, error) {
	n, err := w.d.file.WriteAt(p, w.d.n)
	w.d.n += int64(n)
	return n, err
}

// Write adds to the draft.
func (d *draft) Write(p []byte) (int, error) { return d.buf.Write(p) }

// section reads a part of a draft that is finished.
func (d *draft) section(at, n int64) io.Reader { return io.NewSectionReader(d.file, at, n) }

// drafted makes an entry by writing it to a draft first.
func (a *assembly) drafted(name string, fill func(to io.Writer) error) (entry, error) {
	d, err := a.draft(name)
	if err != nil {
		return entry{}, err
	}
	if err := fill(attentive{a.ctx, d}); err != nil {
		return entry{}, err
	}
	return d.entry(name)
}

func (d *draft) entry(name string) (entry, error) {
	if err := d.buf.Flush(); err != nil {
		return entry{}, err
	}
	return entry{name: name, size: d.n, write: func(to io.Writer) error {
		_, err := io.Copy(to, d.section(0, d.n))
		return err
	}}, nil
}

// attentive stops writing when the context is done.
type attentive struct {
	ctx context.Context
	w   io.Writer
}

func (a attentive) Write(p []byte) (int, error) {
	if err := a.ctx.Err(); err != nil {
		return 0, err
	}
	return a.w.Write(p)
}
