package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"

	"codeberg.org/godwit/godwit/backup/csvlist"
	"codeberg.org/godwit/godwit/portability"
)

// CSVOptions adjust [WriteCSVs]. A nil *CSVOptions is the same as a zero one.
type CSVOptions struct {
	// Dialect is for whom the files are; the zero one is Mastodon's, which most
	// servers import.
	Dialect csvlist.Dialect
}

// A CSVReport is what became of the lists of an account.
type CSVReport struct {
	Files []CSVFile `json:"files"`
	// NoFile are the lists that the account has and the dialect has no file for.
	NoFile []portability.Kind `json:"noFile,omitempty"`
}

// A CSVFile is one file that was written.
type CSVFile struct {
	Name string           `json:"name"` // in the folder; "" if no row could be written, and so no file
	Kind portability.Kind `json:"kind"`
	Rows int64            `json:"rows"`
	// Left are the rows that could not be written, by reason. An account whose
	// address cannot be told without asking its server is csvlist.BadAccount.
	Left map[csvlist.Reason]int64 `json:"left,omitempty"`
	// Lost are the rows that were written without something, by what it was: a
	// column, as csvlist.Lost has it, or a member of the item's document.
	Lost map[string]int64 `json:"lost,omitempty"`
}

// csvFiles are the lists, and their files as Mastodon and GoToSocial name them.
var csvFiles = []struct {
	kind             portability.Kind
	typ              csvlist.Type
	name, gotosocial string
}{
	{portability.Following, csvlist.Following, "following_accounts.csv", "following.csv"},
	{portability.Followers, csvlist.Followers, "followers.csv", "followers.csv"},
	{portability.Blocked, csvlist.Blocks, "blocked_accounts.csv", "blocks.csv"},
	{portability.Muted, csvlist.Mutes, "muted_accounts.csv", "mutes.csv"},
	{portability.Lists, csvlist.Lists, "lists.csv", "lists.csv"},
	{portability.Bookmarks, csvlist.Bookmarks, "bookmarks.csv", "bookmarks.csv"},
	{portability.BlockedDomains, csvlist.BlockedDomains, "blocked_domains.csv", "blocked_domains.csv"},
}

const filtersFile = "custom_filters.json"

// WriteCSVs writes the lists of an account into a folder, which it makes, as the
// files that servers import, and its filters as Mastodon's custom_filters.json. A
// list without items gets no file. Each file stands there whole or not at all, and
// replaces one of its name. The error is about the whole: the source, the disk or
// ctx; the report says what was written until then.
func WriteCSVs(ctx context.Context, src portability.Source, dir string, o *CSVOptions) (*CSVReport, error) {
	w := csvFolder{src: src, dir: dir, report: &CSVReport{}}
	if o != nil {
		w.dialect = o.Dialect
	}
	if err := w.write(ctx); err != nil {
		return w.report, fmt.Errorf("write lists: %w", err)
	}
	return w.report, nil
}

type csvFolder struct {
	src     portability.Source
	dir     string
	dialect csvlist.Dialect
	report  *CSVReport
}

func (w csvFolder) write(ctx context.Context) error {
	if !slices.Contains(csvlist.Dialects(), w.dialect) {
		return fmt.Errorf("%q: %w", string(w.dialect), csvlist.ErrDialect)
	}
	have, err := w.src.Kinds(ctx)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(w.dir, 0o700); err != nil {
		return err
	}
	for _, f := range csvFiles {
		name := f.name
		if w.dialect == csvlist.GoToSocial {
			name = f.gotosocial
		}
		switch {
		case !slices.Contains(have, f.kind):
		case !slices.Contains(w.dialect.Writes(), f.typ):
			w.report.NoFile = append(w.report.NoFile, f.kind)
		default:
			if err := w.list(ctx, CSVFile{Name: name, Kind: f.kind}, f.typ); err != nil {
				return fmt.Errorf("%s: %w", f.kind, err)
			}
		}
	}
	if slices.Contains(have, portability.Filters) {
		return w.filters(ctx)
	}
	return nil
}

// list writes one file.
func (w csvFolder) list(ctx context.Context, f CSVFile, t csvlist.Type) error {
	return w.whole(&f, func(to io.Writer) error {
		out, err := csvlist.NewWriter(to, t, &csvlist.WriteOptions{Dialect: w.dialect})
		if err != nil {
			return err
		}
		for item, err := range w.src.Items(ctx, f.Kind, "") {
			if err != nil {
				return err
			}
			if err := f.item(item, t, w.dialect, out); err != nil {
				return err
			}
		}
		return out.Flush()
	})
}

// item writes the rows of an item.
func (f *CSVFile) item(item portability.Item, t csvlist.Type, d csvlist.Dialect, out *csvlist.Writer) error {
	rows, lost := csvRows(item, t)
	if _, fatal := item.Fatal(); fatal || len(rows) == 0 {
		f.left(csvlist.MissingCell)
		return nil
	}
	for _, row := range rows {
		var refused *csvlist.RowError
		switch err := out.Write(row); {
		case errors.As(err, &refused) && row.Actor != "" && row.Account == "":
			f.left(csvlist.BadAccount)
		case errors.As(err, &refused):
			f.left(refused.Reason)
		case err != nil:
			return err
		default:
			f.Rows++
			f.lose(append(csvlist.Lost(d, t, row), lost...)...)
		}
	}
	return nil
}

func (f *CSVFile) left(why csvlist.Reason) {
	if f.Left == nil {
		f.Left = map[csvlist.Reason]int64{}
	}
	f.Left[why]++
}

func (f *CSVFile) lose(what ...string) {
	for _, one := range what {
		if f.Lost == nil {
			f.Lost = map[string]int64{}
		}
		f.Lost[one]++
	}
}

func (w csvFolder) filters(ctx context.Context) error {
	f := CSVFile{Name: filtersFile, Kind: portability.Filters}
	return w.whole(&f, func(to io.Writer) error {
		var failed error
		err := csvlist.WriteFilters(to, w.eachFilter(ctx, &f, &failed))
		return errors.Join(failed, err)
	})
}

func (w csvFolder) eachFilter(ctx context.Context, f *CSVFile, failed *error) iter.Seq[csvlist.Filter] {
	return func(yield func(csvlist.Filter) bool) {
		for item, err := range w.src.Items(ctx, portability.Filters, "") {
			if err != nil {
				*failed = err
				return
			}
			filter, ok := filterOf(item)
			if !ok {
				f.left(csvlist.BadFilter)
				continue
			}
			f.Rows++
			if !yield(filter) {
				return
			}
		}
	}
}

// whole gives a file its name once it is written, if there are rows in it.
func (w csvFolder) whole(f *CSVFile, write func(io.Writer) error) error {
	temporary, err := os.CreateTemp(w.dir, ".godwit-*.part")
	if err != nil {
		return err
	}
	err = errors.Join(write(temporary), temporary.Sync(), temporary.Close())
	if err != nil || f.Rows == 0 {
		err = errors.Join(err, os.Remove(temporary.Name()))
	} else {
		err = os.Rename(temporary.Name(), filepath.Join(w.dir, f.Name))
		if err == nil {
			err = syncFolder(w.dir)
		}
	}
	if err != nil {
		return err
	}
	if f.Rows == 0 {
		f.Name = ""
	}
	w.report.Files = append(w.report.Files, *f)
	return nil
}
