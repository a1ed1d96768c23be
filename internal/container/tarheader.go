package container

import (
	"bytes"
	"math"
	"strconv"
	"strings"
)

const tarBlock = 512

// A tarHeader is one block (POSIX.1-2001, ustar and pax; GNU tar).
type tarHeader [tarBlock]byte

func (h *tarHeader) zero() bool { return *h == tarHeader{} }

func (h *tarHeader) kind() byte { return h[156] }

func (h *tarHeader) ustar() bool { return bytes.HasPrefix(h[257:], []byte("ustar\x00")) }

func (h *tarHeader) gnu() bool { return bytes.HasPrefix(h[257:], []byte("ustar ")) }

// sumRight compares the checksum, which some wrote over signed bytes.
func (h *tarHeader) sumRight() bool {
	want, ok := tarNumber(h[148:156])
	var unsigned, signed int64
	for i, c := range h {
		if i >= 148 && i < 156 {
			c = ' '
		}
		unsigned += int64(c)
		signed += int64(int8(c))
	}
	return ok && (want == unsigned || want == signed)
}

func (h *tarHeader) size() (int64, bool) { return tarNumber(h[124:136]) }

// name joins the prefix, which only ustar has.
func (h *tarHeader) name() string {
	name := tarString(h[:100])
	if prefix := tarString(h[345:500]); h.ustar() && prefix != "" {
		return prefix + "/" + name
	}
	return name
}

func tarString(field []byte) string {
	text, _, _ := bytes.Cut(field, []byte{0})
	return string(text)
}

// tarNumber reads octal digits between blanks, or GNU's base-256. Negative
// numbers are refused, for no size is.
func tarNumber(field []byte) (int64, bool) {
	if field[0]&0x80 != 0 {
		return tarBinary(field)
	}
	digits := strings.Trim(string(field), " \x00")
	if digits == "" {
		return 0, true
	}
	n, err := strconv.ParseUint(digits, 8, 63)
	return int64(n), err == nil
}

func tarBinary(field []byte) (int64, bool) {
	if field[0] != 0x80 {
		return 0, false
	}
	var n uint64
	for _, c := range field[1:] {
		if n > math.MaxInt64>>8 {
			return 0, false
		}
		n = n<<8 | uint64(c)
	}
	return int64(n), true
}

// parsePAX reads the records of an extended header: length, key and value, each of
// the length that it says.
func parsePAX(body []byte) (map[string]string, bool) {
	records := map[string]string{}
	for len(body) > 0 {
		digits, _, found := bytes.Cut(body, []byte(" "))
		length, err := strconv.ParseUint(string(digits), 10, 31)
		if !found || err != nil || int(length) > len(body) || int(length) < len(digits)+3 || body[length-1] != '\n' {
			return nil, false
		}
		key, value, found := strings.Cut(string(body[len(digits)+1:length-1]), "=")
		if !found || key == "" {
			return nil, false
		}
		if _, twice := records[key]; twice {
			return nil, false
		}
		records[key] = value
		body = body[length:]
	}
	return records, true
}
