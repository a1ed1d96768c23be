// Package vectors runs test vectors: files that say how an implementation of
// account moves, of HTTP signatures, of redirects, or of actor documents behaves in one
// situation, in a format that any language can read (move/vectors/README.md).
//
// [Run] runs every file of a file system against this implementation. [Peers]
// is the fediverse that a vector describes: an http.RoundTripper with a clock
// of its own, which other tests may use too.
//
// The vectors themselves lie beside what they test, in move/vectors,
// actor/vectors, actor/client/vectors and portability/redirect/vectors.
package vectors

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/go-json-experiment/json"

	"codeberg.org/godwit/godwit/internal/jsonfault"
)

// ErrNone is returned by [Run] when there was no vector to run: a test that
// runs nothing must not pass.
var ErrNone = errors.New("no vector found")

// Header holds the members that vectors of every kind have.
type Header struct {
	V       int               `json:"v"`
	Kind    string            `json:"kind"`
	Comment string            `json:"comment,omitempty"`
	Cases   []string          `json:"cases,omitempty"`
	Others  map[string]string `json:"others,omitempty"`
}

// A File is one vector.
type File struct {
	Header
	Path string // within the file system
	Data []byte
}

// runners lists, by kind, what runs one vector. The error of a runner says
// which expectation was not met.
func runners() map[string]func(ctx context.Context, data []byte) error {
	return map[string]func(ctx context.Context, data []byte) error{
		"actor":          runActor,
		"move":           runMove,
		"http-signature": runSignature,
		"redirect":       runRedirect,
	}
}

// Run runs every file of fsys that ends in .json, in the order of their paths,
// and calls report for each, with nil if it passed. It returns how many passed
// and failed. The error is [ErrNone] if there were none, or says why fsys
// could not be read; a vector that cannot be read as one has failed.
//
// Run stops early only when ctx ends.
func Run(ctx context.Context, fsys fs.FS, report func(File, error)) (passed, failed int, err error) {
	err = fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case entry.IsDir() || path.Ext(name) != ".json":
			return nil
		}
		file, err := RunFile(ctx, fsys, name)
		if err != nil {
			failed++
		} else {
			passed++
		}
		if report != nil {
			report(file, err)
		}
		return nil
	})
	if err != nil {
		return passed, failed, fmt.Errorf("run vectors: %w", err)
	}
	if passed+failed == 0 {
		return 0, 0, ErrNone
	}
	return passed, failed, nil
}

// RunFile runs one file, whatever its name ends in. Its error says why the file
// is no vector, or which expectation was not met.
func RunFile(ctx context.Context, fsys fs.FS, name string) (File, error) {
	file, err := read(fsys, name)
	if err != nil {
		return file, err
	}
	run, known := runners()[file.Kind]
	if !known {
		return file, fmt.Errorf("read vector: no such kind: %q", file.Kind)
	}
	return file, run(ctx, file.Data)
}

func read(fsys fs.FS, name string) (File, error) {
	file := File{Path: name}
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return file, fmt.Errorf("read vector: %w", err)
	}
	file.Data = data
	// The members of its kind are checked by its runner.
	var version struct {
		V *int `json:"v"`
	}
	if err := errors.Join(json.Unmarshal(data, &version), json.Unmarshal(data, &file.Header)); err != nil {
		return file, fmt.Errorf("read vector: %w", jsonfault.Explain(err))
	}
	if version.V == nil {
		return file, errors.New("read vector: no `v`: every vector begins with \"v\": 1")
	}
	if file.V != 1 {
		return file, fmt.Errorf("read vector: version %d of the format is not known", file.V)
	}
	return file, nil
}

// decode reads a vector strictly: a member that into does not name, or one
// that stands twice, is an error wherever it is.
func decode(data []byte, into any) error {
	if err := jsonfault.Decode(data, into); err != nil {
		return fmt.Errorf("read vector: %w", err)
	}
	return nil
}
