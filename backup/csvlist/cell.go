package csvlist

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A cell is one cell of a record as it stood in the file.
type cell struct {
	text   string
	quoted bool
}

// split cuts a record into cells. open reports that the last one is quoted and
// not closed. A quotation mark within a bare cell is a character like any other,
// and what follows a closed cell belongs to it: people edit these files.
func split(record string, separator byte) (cells []cell, open bool) {
	for {
		c, rest, more, unclosed := cutCell(record, separator)
		cells = append(cells, c)
		if unclosed || !more {
			return cells, unclosed
		}
		record = rest
	}
}

func cutCell(record string, separator byte) (c cell, rest string, more, open bool) {
	trimmed := strings.TrimLeft(record, " \t")
	if !strings.HasPrefix(trimmed, `"`) || separator == '\t' && trimmed != record {
		c.text, rest, more = strings.Cut(record, string(separator))
		return c, rest, more, false
	}
	text, rest, closed := cutQuoted(trimmed[1:])
	if !closed {
		return cell{text: text, quoted: true}, "", false, true
	}
	tail, rest, more := strings.Cut(rest, string(separator))
	return cell{text: text + strings.TrimRight(tail, " \t"), quoted: true}, rest, more, false
}

// cutQuoted returns the text up to the quotation mark that closes it.
func cutQuoted(s string) (text, rest string, closed bool) {
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '"')
		if i < 0 {
			return b.String() + s, "", false
		}
		b.WriteString(s[:i])
		if s = s[i+1:]; !strings.HasPrefix(s, `"`) {
			return b.String(), s, true
		}
		b.WriteByte('"')
		s = s[1:]
	}
}

// free is the cell as free text: space at its ends counts if it was quoted.
func (c cell) free() string {
	if c.quoted {
		return fused(c.text)
	}
	return fused(strings.TrimSpace(c.text))
}

// word is the cell as one word, without space and stray quotation marks.
func (c cell) word() string {
	return fused(strings.TrimFunc(c.text, func(r rune) bool { return unicode.IsSpace(r) || r == '"' || r == '\ufeff' }))
}

// defused puts an apostrophe before what a spreadsheet would calculate, and
// before what would otherwise be taken for defused. [fused] undoes it.
func defused(text string) string {
	if beginsFormula(strings.TrimLeft(text, "'")) {
		return "'" + text
	}
	return text
}

func fused(text string) string {
	if strings.HasPrefix(text, "'") && beginsFormula(strings.TrimLeft(text, "'")) {
		return text[1:]
	}
	return text
}

// beginsFormula knows the wide forms too: spreadsheets of some languages do. What
// stands behind space is looked at, because some of them drop it.
func beginsFormula(text string) bool {
	text = strings.TrimLeftFunc(text, unicode.IsSpace)
	r, _ := utf8.DecodeRuneInString(text)
	return strings.ContainsRune("=+-@＝＋－＠", r) && text != ""
}

// quoted returns the text as a cell, between quotation marks where it needs them.
func quoted(text string) string {
	first, _ := utf8.DecodeRuneInString(text)
	last, _ := utf8.DecodeLastRuneInString(text)
	plain := !strings.ContainsAny(text, ",;\t\"\r\n") &&
		!unicode.IsSpace(first) && !unicode.IsSpace(last) && first != '\ufeff'
	if plain {
		return text
	}
	return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
}
