// Package container opens what archives come in: tar and zip, plain or
// compressed, folders and single files, told by their content and never by their
// names, in bounded memory, whatever they hold.
//
// [Open] takes a path, [OpenAt] bytes that can be read at any place and
// [OpenReader] a pipe. Each indexes the container; the [Container] lists its
// entries and opens them any number of times. Nothing is ever written to disk
// under an entry's name, and nothing inside an entry is unpacked. What the entries
// mean is package backup's.
package container

import (
	"context"
	"io"
	"io/fs"
	"iter"
)

// An Entry is one file in a container.
type Entry struct {
	// Name is the path within, cleaned: relative, with slashes, without "." and
	// "..". A folder that all entries share is left out if what is looked for
	// lies below it.
	Name string
	// Size is in bytes, as the container declares it. Reading the entry fails
	// if it turns out to be another.
	Size int64
}

// A Format is what a container is, under any compression.
type Format string

// The formats.
const (
	FormatTar    Format = "tar"
	FormatZip    Format = "zip"
	FormatFolder Format = "folder"
	FormatFile   Format = "file" // a single text: JSON, CSV, a script
)

// A Problem is something odd about a container that does not keep it from being
// read.
type Problem struct {
	Reason Reason
	Entry  string // the name it is about, printable and short; "" if the whole
}

// A Container is an archive that was opened. It is safe for concurrent use.
type Container struct {
	format Format
	index  index
	notes  notes
	source source
}

// A source reads the bytes of entries.
type source interface {
	open(ctx context.Context, e *entry) (io.ReadCloser, error)
	Close() error
}

// Format tells what the container is.
func (c *Container) Format() Format { return c.format }

// Entries lists the files, in the order in which they stand.
func (c *Container) Entries() iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		for i := range c.index.entries {
			e := &c.index.entries[i]
			if e.skipped == notSkipped && !yield(Entry{Name: e.name, Size: e.size}) {
				return
			}
		}
	}
}

// Len is how many files there are, at most.
func (c *Container) Len() int { return len(c.index.entries) }

// Size returns the size of a file, as the container declares it, and whether it is
// there.
func (c *Container) Size(name string) (size int64, ok bool) {
	e := c.index.find(name)
	if e == nil || e.skipped != notSkipped {
		return 0, false
	}
	return e.size, true
}

// Open opens a file by its name. The caller closes it. A name that is not there
// is fs.ErrNotExist; one that was left out, as links are, is an [*Error]. What is
// read has exactly the entry's size, and its checksum where the container has
// one: an [*Error] in place of io.EOF says that it has not.
func (c *Container) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	e := c.index.find(name)
	if e == nil {
		return nil, &fs.PathError{Op: "open", Path: printable(name), Err: fs.ErrNotExist}
	}
	if e.skipped != notSkipped {
		return nil, refuse(e.skipped.reason(), name)
	}
	return c.source.open(ctx, e)
}

// Problems are what is odd about the container, and not fatal. At most a thousand
// are kept; after them stands one with [ReasonMore].
func (c *Container) Problems() []Problem { return c.notes.odd.list }

// Lost is what salvage had to give up; it is empty unless [Options].Salvage is
// set. It is bounded as Problems are.
func (c *Container) Lost() []Problem { return c.notes.lost.list }

// Close frees what was spooled. Entries that are open stop being readable.
func (c *Container) Close() error { return c.source.Close() }
