package main

import (
	"io"
	"strings"
	"unicode/utf8"
)

// A table is rows of text in columns. Those whose title begins with ">" stand to the
// right, as numbers do.
type table struct {
	rows [][]string
}

func newTable(titles ...string) *table { return &table{rows: [][]string{titles}} }

func (t *table) row(cells ...string) { t.rows = append(t.rows, cells) }

// print writes the table, with two spaces between columns and none behind the last.
func (t *table) print(w io.Writer) error {
	widths := make([]int, len(t.rows[0]))
	right := make([]bool, len(t.rows[0]))
	for i, title := range t.rows[0] {
		t.rows[0][i], right[i] = strings.CutPrefix(title, ">")
	}
	for _, row := range t.rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range t.rows {
		line := ""
		for i, cell := range row {
			gap := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if right[i] {
				cell, gap = gap+cell, ""
			}
			line += cell + gap + "  "
		}
		if _, err := io.WriteString(w, strings.TrimRight(line, " ")+"\n"); err != nil {
			return err
		}
	}
	return nil
}
