package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"

	"codeberg.org/godwit/godwit/internal/canonical"
	"codeberg.org/godwit/godwit/internal/dialect"
)

// own reports whether the archive is in godwit's own layout.
func (r *Reader) own() bool {
	return r.account.Archive != nil && r.account.View().Has(integrityEntry)
}

// container compares the file with what the writer would have made of the same
// entries. A folder has no form.
func (v *verifier) container(ctx context.Context) error {
	f, err := os.Open(v.path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return err
	}
	found, err := canonical.Check(ctx, f, info.Size(), nil)
	if err != nil {
		return refused(err)
	}
	if found != nil {
		severity := Damage
		if found.Soft() {
			severity = Remark
		}
		v.verdict.find(CheckContainer, string(found.Reason), severity, fmt.Sprintf("byte %d %s", found.Offset, found.Entry))
	}
	return nil
}

// entries reads every entry to its end, for the checksums of the container.
func (v *verifier) entries(ctx context.Context) error {
	v.measure()
	for e := range v.reader.Entries() {
		if _, err := v.digest(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// listed reads every entry to its end, and compares it with its line in the list.
func (v *verifier) listed(ctx context.Context) error {
	v.measure()
	next, stop := iter.Pull2(v.reader.integrity(ctx))
	defer stop()
	for e := range v.reader.Entries() {
		digest, err := v.digest(ctx, e)
		if err != nil {
			return err
		}
		if e.Name == integrityEntry || e.Name == proofEntry {
			continue
		}
		line, err, more := next()
		switch {
		case err != nil:
			return v.damagedList(ctx)
		case !more:
			v.verdict.find(CheckIntegrity, "not-listed", Damage, e.Name)
		case line.Path != e.Name:
			v.verdict.find(CheckIntegrity, "order-differs", Damage, e.Name)
			return nil
		case line.Size != e.Size || digest != "" && hex.EncodeToString(line.SHA256[:]) != digest:
			v.verdict.find(CheckIntegrity, "digest-differs", Damage, e.Name)
		}
	}
	if line, err, more := next(); more || err != nil {
		v.verdict.find(CheckIntegrity, "listed-absent", Damage, line.Path)
	}
	return nil
}

// damagedList takes a list that cannot be read for a finding.
func (v *verifier) damagedList(ctx context.Context) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	v.verdict.find(CheckIntegrity, "list-unreadable", Damage, integrityEntry)
	return nil
}

// measure tells how much there is to read.
func (v *verifier) measure() {
	for e := range v.reader.Entries() {
		v.verdict.Entries++
		v.verdict.Bytes += e.Size
	}
	v.total = v.verdict.Bytes
}

// digest reads an entry to its end. Damage is a finding, and an empty digest.
func (v *verifier) digest(ctx context.Context, e Entry) (string, error) {
	sum := sha256.New()
	r, err := v.reader.OpenEntry(ctx, e.Name)
	if err == nil {
		_, err = io.Copy(sum, r)
		r.Close()
	}
	if v.read += e.Size; v.options.Progress != nil {
		v.options.Progress(v.read, v.total)
	}
	var refusal *Refusal
	if errors.As(err, &refusal) {
		v.verdict.find(CheckReadable, string(refusal.Reason), Damage, e.Name)
		return "", nil
	}
	return hex.EncodeToString(sum.Sum(nil)), err
}

// integrity yields the lines of the integrity list.
func (r *Reader) integrity(ctx context.Context) iter.Seq2[dialect.IntegrityLine, error] {
	return func(yield func(dialect.IntegrityLine, error) bool) {
		list, err := r.OpenEntry(ctx, integrityEntry)
		if err != nil {
			yield(dialect.IntegrityLine{}, err)
			return
		}
		defer list.Close()
		for line, err := range dialect.Integrity(list) {
			if !yield(line, err) {
				return
			}
		}
	}
}
