package container

import (
	"bytes"
	"unicode/utf8"
)

// Formats around a container.
const (
	formatGzip Format = "gzip"
	formatZstd Format = "zstd"
)

func (f Format) compressed() bool { return f == formatGzip || f == formatZstd }

const sniffLength = 512

// sniff tells the format by content alone.
func sniff(data *bytesAt) (Format, error) {
	head := make([]byte, min(sniffLength, data.size))
	if err := data.full(head, 0); err != nil {
		return "", err
	}
	switch {
	case len(head) == 0:
		return "", refuse(ReasonEmpty, "")
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return FormatZip, nil
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return formatGzip, nil
	case zstdFrame(head):
		return formatZstd, nil
	case tarStart(head):
		return FormatTar, nil
	}
	if zipBehind(data) {
		return FormatZip, nil
	}
	if text(head) {
		return FormatFile, nil
	}
	return "", refuse(ReasonUnknown, "")
}

// zstdFrame knows frames and skippable frames (RFC 8878, 3.1).
func zstdFrame(head []byte) bool {
	if len(head) < 4 {
		return false
	}
	skippable := head[0]&0xf0 == 0x50 && bytes.Equal(head[1:4], []byte{0x2a, 0x4d, 0x18})
	return skippable || bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd})
}

// tarStart says whether a tar begins here, be its first header damaged or the
// whole without entries.
func tarStart(head []byte) bool {
	if len(head) < tarBlock {
		return false
	}
	block := (*tarHeader)(head)
	return block.zero() || block.sumRight() || bytes.HasPrefix(head[257:], []byte("ustar"))
}

// text says whether this may be JSON, CSV or a script, in UTF-8 or UTF-16.
func text(head []byte) bool {
	if bytes.HasPrefix(head, []byte{0xff, 0xfe}) || bytes.HasPrefix(head, []byte{0xfe, 0xff}) {
		return true
	}
	for len(head) > 0 {
		r, size := utf8.DecodeRune(head)
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' {
			return false
		}
		head = head[size:]
	}
	return true
}
