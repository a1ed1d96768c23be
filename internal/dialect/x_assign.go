package dialect

import (
	"bytes"
	"context"
	"errors"
	"io"
	"regexp"
	"strconv"
)

// Types of data that X does not name itself.
const (
	xConfig    = "manifest"
	xGrailbird = "grailbird"    // posts of one month, in archives of before 2018
	xUser      = "user_details" // the account, in those
)

// An xAssigned is what a script assigns, as far as its beginning tells.
type xAssigned struct {
	kind string // the type of data, as X writes it: "note_tweet"; "" if it is no script of X
	part int
	data bool // a literal stands behind the equals sign
}

func (a xAssigned) known() bool { return a.kind != "" }

const xHeadLength = 1 << 10

var (
	xPartHead   = regexp.MustCompile(`^\s*(?:window\.)?YTD\.([A-Za-z0-9_]{1,64})\.part([0-9]{1,6})\s*=\s*(.?)`)
	xConfigHead = regexp.MustCompile(`^\s*window\.__THAR_CONFIG\s*=\s*(.?)`)
	xUserHead   = regexp.MustCompile(`^\s*var\s+user_details\s*=\s*(.?)`)
	xMonthHead  = regexp.MustCompile(`^\s*Grailbird\.data\.tweets_([0-9]{4})_([0-9]{2})\s*=\s*(.?)`)
)

// xHead looks at the beginning of an entry. It is not kept, for a hostile container
// may have many.
func xHead(ctx context.Context, v *View, name string) (xAssigned, error) {
	r, err := v.Open(ctx, name)
	if err != nil {
		return xAssigned{}, err
	}
	defer r.Close()
	head := make([]byte, min(xHeadLength, v.Size(name)))
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !v.Salvage {
		return xAssigned{}, err
	}
	return xAssignedBy(plainHead(head[:n])), nil
}

// plainHead is text without its byte order mark; of UTF-16 its ASCII.
func plainHead(head []byte) []byte {
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		return bytes.ReplaceAll(head[2:], []byte{0}, nil)
	}
	return bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
}

func xAssignedBy(head []byte) xAssigned {
	if m := xPartHead.FindSubmatch(head); m != nil {
		part, _ := strconv.Atoi(string(m[2]))
		return xAssigned{kind: string(m[1]), part: part, data: string(m[3]) == "["}
	}
	if m := xMonthHead.FindSubmatch(head); m != nil {
		month, _ := strconv.Atoi(string(m[1]) + string(m[2]))
		return xAssigned{kind: xGrailbird, part: month, data: string(m[3]) == "["}
	}
	if m := xConfigHead.FindSubmatch(head); m != nil {
		return xAssigned{kind: xConfig, data: string(m[1]) == "{"}
	}
	if m := xUserHead.FindSubmatch(head); m != nil {
		return xAssigned{kind: xUser, data: string(m[1]) == "{"}
	}
	return xAssigned{}
}

// xValue is what a small script assigns: all of it, but for a semicolon behind.
func xValue(script []byte) ([]byte, bool) {
	_, value, found := bytes.Cut(bytes.TrimPrefix(script, []byte("\xef\xbb\xbf")), []byte("="))
	value = bytes.TrimSpace(value)
	return bytes.TrimSpace(bytes.TrimSuffix(value, []byte(";"))), found
}
