package csvlist

import (
	"bufio"
	"fmt"
	"io"
	"reflect"
	"strings"
	"unicode/utf8"
)

// WriteOptions adjusts a [Writer]. A nil *WriteOptions is the same as a zero one.
type WriteOptions struct {
	// Dialect is for whom the file is; the zero one is Mastodon's.
	Dialect Dialect
}

// A Writer writes one file. It is for one goroutine.
type Writer struct {
	out    *bufio.Writer
	typ    Type
	format format
	rows   int
	begun  bool
}

// NewWriter writes a file of type t to w, in UTF-8 with "\n" behind each row. It
// does not close w. The error wraps [ErrDialect] if the dialect has no such file.
//
// A cell that a spreadsheet would calculate gets an apostrophe before it, which a
// [Reader] takes away again.
func NewWriter(w io.Writer, t Type, o *WriteOptions) (*Writer, error) {
	if o == nil {
		o = &WriteOptions{}
	}
	f, found := o.Dialect.format(t)
	if !found {
		return nil, fmt.Errorf("write list: %s: %w", t, ErrDialect)
	}
	return &Writer{out: bufio.NewWriter(w), typ: t, format: f}, nil
}

// Write writes a row. A row that would not be read back as it is, in what the
// dialect has columns for, is refused with a [*RowError] whose line is the row's
// own number in order; nothing of it is written, and the next can be. Other errors
// are w's.
func (w *Writer) Write(row Row) error {
	w.rows++
	if err := w.begin(); err != nil {
		return err
	}
	record := w.encode(row)
	if !w.readsBack(row, record) {
		return &RowError{Line: w.rows, Reason: NotHeld}
	}
	if _, err := w.out.WriteString(record + "\n"); err != nil {
		return fmt.Errorf("write list: %w", err)
	}
	return nil
}

// Flush writes what is not written yet: the header too, so that a file without
// rows still says what it is.
func (w *Writer) Flush() error {
	if err := w.begin(); err != nil {
		return err
	}
	if err := w.out.Flush(); err != nil {
		return fmt.Errorf("write list: %w", err)
	}
	return nil
}

func (w *Writer) begin() error {
	if w.begun || w.format.header == "" {
		return nil
	}
	w.begun = true
	if _, err := w.out.WriteString(w.format.header + "\n"); err != nil {
		return fmt.Errorf("write list: %w", err)
	}
	return nil
}

func (w *Writer) encode(row Row) string {
	var cells []string
	for _, column := range w.format.columns {
		text := defused(textOf(row, column))
		if !w.format.raw {
			text = quoted(text)
		}
		cells = append(cells, text)
	}
	return strings.Join(cells, ",")
}

// readsBack reads the record as a [Reader] would, and compares.
func (w *Writer) readsBack(row Row, record string) bool {
	f := w.format
	cells, open := split(record, ',')
	_, headed := header(cells)
	lines := 1 + strings.Count(record, "\n") + strings.Count(record, "\r")
	switch {
	case open, headed, lines > maxLines, len(record) > defaultMaxRow-2,
		f.raw && (lines > 1 || len(cells) != len(f.columns)),
		strings.HasPrefix(record, "\ufeff"), strings.ContainsRune(record, 0), !utf8.ValidString(record),
		row.Actor != "" && (row.Account != "" || !f.urls):
		return false
	}
	var again Row
	if read(&again, cells, f.columns, w.typ, "") != "" || len(again.Others) > 0 {
		return false
	}
	return reflect.DeepEqual(w.held(again), w.held(row))
}

// held is the row without what the format has no column for.
func (w *Writer) held(row Row) Row {
	var held Row
	for _, column := range w.format.columns {
		switch column {
		case colAccount:
			held.Account, held.Actor = row.Account, row.Actor
		case colURI:
			held.URI = row.URI
		case colDomain:
			held.Domain = row.Domain
		case colList:
			held.List = row.List
		case colSeverity:
			held.Severity = row.Severity
		case colPublicComment:
			held.PublicComment = row.PublicComment
		case colLanguages:
			held.Languages = append(held.Languages, row.Languages...)
		default:
			*flagOf(&held, column) = *flagOf(&row, column)
		}
	}
	return held
}
