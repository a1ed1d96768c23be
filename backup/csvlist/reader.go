package csvlist

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	defaultMaxRow = 64 << 10
	sampled       = 16 // rows that are looked at to know a file without a header
	maxFaults     = 1000
)

// ReadOptions adjusts a [Reader]. A nil *ReadOptions is the same as a zero one.
type ReadOptions struct {
	// Type is what the caller knows the file to be; Unknown means: look.
	Type Type
	// Host is the server of accounts that are written without one. With "" their
	// rows are reported.
	Host string
	// MaxRow is the longest row in bytes; zero means 64 KiB. Longer ones are
	// reported, and are not held in memory.
	MaxRow int
}

// A Reader reads one file. It is for one goroutine.
type Reader struct {
	lines     lineReader
	separator byte
	columns   []string
	headed    bool
	typ       Type
	host      string
	report    Report
}

// A Report tells what became of a file's rows.
type Report struct {
	Rows   int        // that can be used
	Bad    int        // that cannot
	Faults []RowError // the first thousand of the bad ones
}

// NewReader reads the beginning of r and finds out its encoding, header and type.
// It does not close r. UTF-8 and UTF-16 are read, with and without a byte order
// mark, with every kind of line end.
//
// The error wraps [ErrOtherType] if header or content say that the file is not
// what o.Type says, and otherwise what r failed with. A file without rows is no
// error.
func NewReader(r io.Reader, o *ReadOptions) (*Reader, error) {
	if o == nil {
		o = &ReadOptions{}
	}
	maxRow := o.MaxRow
	if maxRow <= 0 {
		maxRow = defaultMaxRow
	}
	n := &Reader{lines: lineReader{in: decoded(r), max: maxRow}, separator: ',', host: o.Host}
	found, err := n.look()
	if err != nil {
		return nil, fmt.Errorf("read list: %w", err)
	}
	n.typ = found
	if o.Type != Unknown {
		if err := n.settle(o.Type, found); err != nil {
			return nil, err
		}
	}
	if !n.headed {
		n.columns = n.typ.columns()
	}
	return n, nil
}

// settle takes the caller's word. A name with dots and no host may be a domain
// or, where the caller knows a host, a user.
func (r *Reader) settle(asked, found Type) error {
	r.typ = asked
	if r.host != "" && asked.shape() == Accounts && found == Domains && !r.headed {
		return nil
	}
	return agree(asked, found, r.headed)
}

// look reads the first rows, and gives them out again but for the header.
func (r *Reader) look() (Type, error) {
	var rows [][]cell
	var again []line
	for range sampled {
		rec, err := r.record()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Unknown, err
		}
		if len(rows) == 0 && rec.why == "" && r.isHeader(&rec) {
			return byHeader(r.columns), nil
		}
		again = append(again, rec.lines...)
		if rec.why == "" {
			rows = append(rows, rec.cells)
		}
	}
	r.lines.back(again)
	return byContent(rows), nil
}

// isHeader tries the separators that spreadsheets put in a comma's place, too.
// Only a header shows them: addresses of pages have semicolons.
func (r *Reader) isHeader(rec *record) bool {
	for _, separator := range []byte{',', ';', '\t'} {
		cells, _ := split(rec.text, separator)
		if columns, is := header(cells); is && (len(columns) > 1 || separator == ',') {
			r.columns, r.separator, r.headed = columns, separator, true
			return true
		}
	}
	return false
}

// Type returns what the file is. It may be one that is not [Type.Decided]: then
// the rows can be read, and what they are for is the caller's to know.
func (r *Reader) Type() Type { return r.typ }

// Report returns what became of the rows that were read until now.
func (r *Reader) Report() Report {
	report := r.report
	report.Faults = slices.Clone(report.Faults)
	return report
}

// Rows yields the rows in the order of the file. Its error is a [*RowError] for
// a row that cannot be used, with the next one to follow; any other error is what
// the underlying reader failed with, and the last thing yielded. The sequence can
// be ranged over once; a second time goes on where the first stopped.
func (r *Reader) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for {
			rec, err := r.record()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(Row{}, fmt.Errorf("read list: %w", err))
				return
			}
			if !yield(r.count(r.row(rec))) {
				return
			}
		}
	}
}

func (r *Reader) count(row Row, why Reason) (Row, error) {
	if why == "" {
		r.report.Rows++
		return row, nil
	}
	r.report.Bad++
	fault := RowError{Line: row.Line, Reason: why}
	if len(r.report.Faults) < maxFaults {
		r.report.Faults = append(r.report.Faults, fault)
	}
	return Row{Line: row.Line}, &fault
}

// row reads a record. One of several lines that makes no sense is taken for a
// stray quotation mark, which costs its own line only.
func (r *Reader) row(rec record) (Row, Reason) {
	row := Row{Line: rec.lines[0].number}
	why := rec.why
	if why == "" {
		why = read(&row, rec.cells, r.columns, r.typ, r.host)
	}
	if why != "" && len(rec.lines) > 1 {
		r.lines.back(rec.lines[1:])
		why = UnclosedQuote
	}
	return row, why
}

// read fills row from cells. Titles with commas come without quotation marks from
// some servers, so that a list's account is its last cell.
func read(row *Row, cells []cell, columns []string, t Type, host string) Reason {
	if t == Lists && slices.Equal(columns, t.columns()) && len(cells) > 2 && !isAccount(cells[1].word()) {
		cells = joined(cells)
	}
	for i, c := range cells {
		column := ""
		if i < len(columns) {
			column = columns[i]
		}
		if c.text == "" {
			continue
		}
		if why := fill(row, column, c, host); why != "" {
			return why
		}
	}
	return missing(row, t)
}

func joined(cells []cell) []cell {
	var title []string
	for _, c := range cells[:len(cells)-1] {
		title = append(title, c.text)
	}
	return []cell{{text: strings.Join(title, ",")}, cells[len(cells)-1]}
}

// missing looks for what every row of a type must have.
func missing(row *Row, t Type) Reason {
	there := row.Account != "" || row.Actor != ""
	switch t.shape() {
	case Lists:
		there = there && row.List != ""
	case Domains:
		there = row.Domain != ""
	case URIs:
		there = row.URI != ""
	}
	if !there {
		return MissingCell
	}
	return ""
}

// A record is one row before it is understood.
type record struct {
	lines []line
	text  string
	cells []cell
	why   Reason
}

// record returns the next row that is not blank.
func (r *Reader) record() (record, error) {
	for {
		first, err := r.lines.next()
		if err != nil {
			return record{}, err
		}
		rec := r.whole(first)
		if rec.why != "" || !blank(rec.cells) {
			return rec, nil
		}
	}
}

func blank(cells []cell) bool {
	return !slices.ContainsFunc(cells, func(c cell) bool { return strings.TrimSpace(c.text) != "" })
}

// whole adds the lines that an open quotation mark asks for.
func (r *Reader) whole(first line) record {
	rec := record{lines: []line{first}, text: first.text}
	if first.long {
		rec.why = TooLong
		return rec
	}
	open := false
	rec.cells, open = split(rec.text, r.separator)
	for open {
		next, err := r.lines.next()
		last := rec.lines[len(rec.lines)-1]
		if err == nil && !next.long && len(rec.lines) < maxLines && len(rec.text)+len(next.text)+2 <= r.lines.max {
			rec.lines = append(rec.lines, next)
			rec.text += last.end + next.text
			if _, _, closed := cutQuoted(next.text); closed {
				rec.cells, open = split(rec.text, r.separator)
			}
			continue
		}
		again := rec.lines[1:]
		if err == nil {
			again = append(slices.Clone(again), next)
		}
		r.lines.back(again)
		return record{lines: []line{first}, text: first.text, why: UnclosedQuote}
	}
	if !utf8.ValidString(rec.text) || strings.ContainsRune(rec.text, 0) {
		rec.why = NotText
	}
	return rec
}
