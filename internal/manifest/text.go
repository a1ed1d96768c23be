package manifest

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// An Oddity is what is unusual in a manifest, in a word that never changes.
type Oddity string

// The oddities.
const (
	ByteOrderMark Oddity = "byte-order-mark"
	UTF16         Oddity = "utf-16"
	VersionOdd    Oddity = "version-spelling" // 0.1 in another spelling
	NoContents    Oddity = "contents-missing" // the FEP wants them; wallet-export-ts writes an empty archive without
)

// decode gives the text as UTF-8 without a byte order mark.
func decode(data []byte) ([]byte, []Oddity, error) {
	var odd []Oddity
	if order := utf16Order(data); order != nil {
		text, ok := fromUTF16(data, order)
		if !ok {
			return nil, nil, refuse(NotText, 0)
		}
		data, odd = text, append(odd, UTF16)
	}
	if text, ok := bytes.CutPrefix(data, []byte("\uFEFF")); ok {
		data, odd = text, append(odd, ByteOrderMark)
	}
	if !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 {
		return nil, nil, refuse(NotText, 0)
	}
	return data, odd, nil
}

// utf16Order tells UTF-16 by its byte order mark, or by the zero that the first
// ASCII character has beside it (YAML 1.2, §5.2); nil means another encoding.
func utf16Order(data []byte) binary.ByteOrder {
	if len(data) < 2 {
		return nil
	}
	switch a, b := data[0], data[1]; {
	case a == 0xff && b == 0xfe, a != 0 && b == 0:
		return binary.LittleEndian
	case a == 0xfe && b == 0xff, a == 0 && b != 0:
		return binary.BigEndian
	}
	return nil
}

func fromUTF16(data []byte, order binary.ByteOrder) ([]byte, bool) {
	if len(data)%2 != 0 {
		return nil, false
	}
	text := make([]byte, 0, len(data))
	for i := 0; i < len(data); i += 2 {
		r := rune(order.Uint16(data[i:]))
		if utf16.IsSurrogate(r) {
			if i += 2; i >= len(data) {
				return nil, false
			}
			if r = utf16.DecodeRune(r, rune(order.Uint16(data[i:]))); r == utf8.RuneError {
				return nil, false
			}
		}
		text = utf8.AppendRune(text, r)
	}
	return text, true
}
