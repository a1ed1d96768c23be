package backup

import (
	"context"
	"fmt"
	"slices"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/internal/dialect"
	"codeberg.org/godwit/godwit/internal/scratch"
)

// VerifyOptions adjust [Verify]. A nil *VerifyOptions is the same as a zero one.
type VerifyOptions struct {
	// Read are the limits and so on. Its Salvage is not looked at.
	Read ReadOptions
	// Key is a key that is known to be the actor's, from elsewhere than the
	// archive. Without it a proof is judged by the actor document inside, which
	// whoever made the archive may have made as well.
	Key *actor.Key
	// Progress, if not nil, is called now and then with how many bytes of how
	// many were read.
	Progress func(read, total int64)
}

// Verify derives everything in an archive anew and tells what does not hold: the
// container against the form that it must have, entries against their digests,
// the proof, counts, files, and items against each other. An archive that is
// refused altogether is an error, a [*Refusal]; everything else is a finding.
//
// It reads the archive a few times, and remembers nothing that grows with it:
// names are sorted in a scratch file.
func Verify(ctx context.Context, path string, o *VerifyOptions) (*Verdict, error) {
	v := verifier{path: path, verdict: &Verdict{Trust: Unsigned}}
	if o != nil {
		v.options = *o
	}
	v.options.Read.Salvage = false
	r, err := Open(ctx, path, &v.options.Read)
	if err != nil {
		return nil, fmt.Errorf("verify archive: %w", err)
	}
	defer r.Close()
	v.reader = r
	if err := v.all(ctx); err != nil {
		return nil, fmt.Errorf("verify archive: %w", err)
	}
	return v.verdict, nil
}

type verifier struct {
	path    string
	options VerifyOptions
	reader  *Reader
	verdict *Verdict
	read    int64 // bytes of entries
	total   int64
	kinds   []*KindCount
	names   *scratch.Sorter
}

func (v *verifier) all(ctx context.Context) error {
	v.verdict.Format = v.reader.Format()
	v.verdict.Actor = v.reader.Owner().Actor
	steps := []func(context.Context) error{v.entries, v.items}
	if v.reader.own() {
		steps = []func(context.Context) error{v.container, v.listed, v.proof, v.items, v.counts}
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	for _, p := range slices.Concat(v.reader.Problems(), v.reader.Missing()) {
		v.verdict.find(CheckOdd, string(p.Reason), p.severity(), p.place())
	}
	return nil
}

// severity says how much it matters what is odd about the whole: what was not read
// is missing.
func (p Problem) severity() Severity {
	switch p.Reason {
	case Reason(dialect.PartlyRead), Reason(dialect.NotReadable):
		return Loss
	}
	return Remark
}

// place says where a problem is, and what there is to say.
func (p Problem) place() string {
	switch {
	case p.Where == "":
		return p.Detail
	case p.Detail == "":
		return p.Where
	}
	return p.Where + ": " + p.Detail
}
