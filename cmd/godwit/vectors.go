package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	signaturevectors "codeberg.org/godwit/godwit/actor/client/vectors"
	actorvectors "codeberg.org/godwit/godwit/actor/vectors"
	"codeberg.org/godwit/godwit/internal/vectors"
	movevectors "codeberg.org/godwit/godwit/move/vectors"
	redirectvectors "codeberg.org/godwit/godwit/portability/redirect/vectors"
)

func vectorsCommand() command {
	return command{
		name:    "vectors",
		args:    "[DIR|FILE...] [-v] [-json]",
		summary: "run test vectors of account moves, redirects, HTTP signatures and actor documents",
		about: `
Every file below each DIR that ends in .json is one vector, and so is FILE: it says what an
implementation must conclude in one situation, and is run against this one. The
format is described in move/vectors/README.md, and beside the vectors of the
other kinds. Without DIR, the vectors that this build carries are run.

The exit status is 0 only if all pass and no DIR was without vectors, else 1.`,
		examples: []string{
			"godwit vectors",
			"godwit vectors ./my-vectors -v",
			"godwit vectors move/vectors/canonical-move.json",
		},
		run: runVectors,
	}
}

// A shelf is one folder of vectors, or one file in it.
type shelf struct {
	name  string
	files fs.FS
	only  string // "" is every file that ends in .json
}

// carried are the vectors of this build, under their names in the source.
func carried() []shelf {
	return []shelf{
		{"move/vectors", movevectors.FS, ""},
		{"actor/vectors", actorvectors.FS, ""},
		{"actor/client/vectors", signaturevectors.FS, ""},
		{"portability/redirect/vectors", redirectvectors.FS, ""},
	}
}

// A vectorLine is what is said of one vector.
type vectorLine struct {
	Path    string `json:"path"`
	Kind    string `json:"kind,omitempty"`
	Comment string `json:"comment,omitempty"`
	Passed  bool   `json:"passed"`
	Error   string `json:"error,omitempty"`
}

// A tally is what vectors prints for machines: every vector with -v, else
// those that failed.
type tally struct {
	Passed  int          `json:"passed"`
	Failed  int          `json:"failed"`
	Vectors []vectorLine `json:"vectors"`
	failure
}

func runVectors(ctx context.Context, c *call) error {
	flags := c.flags()
	all := flags.Bool("v", false, "print those that pass as well")
	c.jsonFlag(flags)
	places, err := c.parse(flags, 0, 1<<10)
	if err != nil {
		return err
	}
	total := tally{Vectors: []vectorLine{}}
	failed := total.run(ctx, shelves(places), func(line vectorLine) {
		switch {
		case line.Passed && !*all:
		case c.json:
			total.Vectors = append(total.Vectors, line)
		default:
			c.printVector(line)
		}
	})
	if failed == nil && total.Failed > 0 {
		failed = fmt.Errorf("%d of %d vectors failed", total.Failed, total.Failed+total.Passed)
	}
	if c.json {
		total.failure, _ = failureOf(failed)
		return errors.Join(failed, c.printJSON(total))
	}
	fmt.Fprintf(c.stdout, "%d passed, %d failed\n", total.Passed, total.Failed)
	return failed
}

func shelves(places []string) []shelf {
	if len(places) == 0 {
		return carried()
	}
	var found []shelf
	for _, place := range places {
		dir, only := place, ""
		if info, err := os.Stat(place); err == nil && !info.IsDir() {
			dir, only = filepath.Split(filepath.Clean(place))
		}
		found = append(found, shelf{filepath.ToSlash(filepath.Clean(dir)), os.DirFS(filepath.Clean(dir)), only})
	}
	return found
}

// run runs every vector on the shelves. Its error says which of them could not
// be read, or held none.
func (t *tally) run(ctx context.Context, shelves []shelf, say func(vectorLine)) error {
	var problems []error
	for _, s := range shelves {
		passed, failed, err := s.run(ctx, func(f vectors.File, err error) { say(lineOf(s, f, err)) })
		t.Passed, t.Failed = t.Passed+passed, t.Failed+failed
		switch {
		case errors.Is(err, fs.ErrNotExist):
			problems = append(problems, fmt.Errorf("%s: there is no such file or folder", s.name))
		case err != nil:
			problems = append(problems, fmt.Errorf("%s: %w", s.name, err))
		}
	}
	return errors.Join(problems...)
}

func (s shelf) run(ctx context.Context, report func(vectors.File, error)) (passed, failed int, err error) {
	if s.only == "" {
		return vectors.Run(ctx, s.files, report)
	}
	file, wrong := vectors.RunFile(ctx, s.files, s.only)
	report(file, wrong)
	if wrong != nil {
		return 0, 1, nil
	}
	return 1, 0, nil
}

func lineOf(s shelf, f vectors.File, err error) vectorLine {
	line := vectorLine{Path: path.Join(s.name, f.Path), Kind: f.Kind, Comment: f.Comment, Passed: err == nil}
	if err != nil {
		line.Error = err.Error()
	}
	return line
}

func (c *call) printVector(line vectorLine) {
	if line.Passed {
		fmt.Fprintf(c.stdout, "ok    %s\n", printable(line.Path))
		return
	}
	fmt.Fprintf(c.stdout, "FAIL  %s: %s\n", printable(line.Path), printable(line.Error))
}
