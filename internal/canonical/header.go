package canonical

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	block = 512
	// mostName is how long a name may be, as in internal/container.
	mostName = 1024
	// mostHead is more than a header takes with both PAX records.
	mostHead = 4096
)

// end is what stands behind the last entry.
var end = make([]byte, 2*block)

// ErrName is that an entry cannot have the name that it was given: it is empty, a
// folder's, too long or not text.
var ErrName = errors.New("not the name of a file in an archive")

// head returns the header of an entry: one block of ustar (POSIX.1-2001), and an
// extended header before it only where that cannot hold the name without its
// prefix field, or the size.
//
// The writer of the standard library would use the prefix field for some names.
func head(name string, size int64) ([]byte, error) {
	if size < 0 || name == "" || len(name) > mostName || strings.HasSuffix(name, "/") || strings.Contains(name, "\x00") || !utf8.ValidString(name) {
		return nil, fmt.Errorf("write archive: %.80q: %w", name, ErrName)
	}
	var records []byte
	short, shown := name, size
	if len(name) > nameField || !ascii(name) {
		records = append(records, record("path", name)...)
		short = ascii7(name)
	}
	if size >= sizeField {
		records = append(records, record("size", strconv.FormatInt(size, 10))...)
		shown = 0
	}
	if records == nil {
		return ustar(name, size, '0'), nil
	}
	h := ustar("PaxHeader", int64(len(records)), 'x')
	h = append(h, records...)
	h = append(h, end[:padding(int64(len(records)))]...)
	return append(h, ustar(short, shown, '0')...), nil
}

const (
	nameField = 100
	sizeField = 8 << 30 // eleven octal digits
)

// ustar returns one header block.
func ustar(name string, size int64, kind byte) []byte {
	h := make([]byte, block)
	copy(h[:nameField], name)
	copy(h[100:], "0000644\x000000000\x000000000\x00")
	copy(h[124:], fmt.Sprintf("%011o\x00%011o\x00", size, 0))
	copy(h[148:], "        ")
	h[156] = kind
	copy(h[257:], "ustar\x0000")
	copy(h[329:], "0000000\x000000000\x00")
	var sum int
	for _, c := range h {
		sum += int(c)
	}
	copy(h[148:], fmt.Sprintf("%06o\x00 ", sum))
	return h
}

// record returns a record of an extended header, which begins with its own length.
func record(key, value string) string {
	rest := " " + key + "=" + value + "\n"
	length := len(rest) + 1
	for len(strconv.Itoa(length))+len(rest) != length {
		length++
	}
	return strconv.Itoa(length) + rest
}

// ascii says whether one block holds the name: it cannot say that one is in UTF-8.
func ascii(name string) bool {
	return strings.IndexFunc(name, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

// ascii7 is what readers without extended headers see of a name.
func ascii7(name string) string {
	short := strings.Map(func(r rune) rune {
		if r >= utf8.RuneSelf {
			return -1
		}
		return r
	}, name)
	return strings.TrimRight(short[:min(len(short), nameField)], "/")
}

func padding(size int64) int { return int(-size & (block - 1)) }

// claimed reads what a header says. It believes anything that can be read: who
// calls it makes the header of that anew, and compares.
func claimed(b []byte) (name string, size int64, ok bool) {
	if len(b) < block {
		return "", 0, false
	}
	name = text(b[:100])
	size, ok = octal(b[124:136])
	if b[156] != 'x' || !ok {
		return name, size, ok
	}
	last := block + size + int64(padding(size)) // where the entry's own header is
	if size > mostHead || last+block > int64(len(b)) {
		return name, 0, false
	}
	name = text(b[last:][:100])
	if size, ok = octal(b[last+124:][:12]); !ok {
		return name, 0, false
	}
	return extended(b[block:last], name, size)
}

// extended reads the two records that may stand in an extended header. What else
// stands there is passed over, as comparing will find it.
func extended(records []byte, name string, size int64) (string, int64, bool) {
	for record := range bytes.Lines(records) {
		_, record, _ := strings.Cut(strings.TrimSuffix(string(record), "\n"), " ")
		key, value, _ := strings.Cut(record, "=")
		switch key {
		case "path":
			name = value
		case "size":
			n, err := strconv.ParseUint(value, 10, 63)
			if err != nil {
				return name, 0, false
			}
			size = int64(n)
		}
	}
	return name, size, true
}

func text(field []byte) string {
	s, _, _ := bytes.Cut(field, []byte{0})
	return string(s)
}

func octal(field []byte) (int64, bool) {
	n, err := strconv.ParseUint(text(field), 8, 63)
	return int64(n), err == nil
}
