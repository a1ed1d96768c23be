// Package mediatype tells what a file is from its first bytes, for the types that
// posts have attached to them. Names, and what servers say, are not asked.
package mediatype

import (
	"bytes"
	"strings"
)

// Length is how many bytes of a file [Of] wants to see.
const Length = 4096

// Unknown is the type of what is none of those known here.
const Unknown = "application/octet-stream"

// extensions are those of files, by media type.
var extensions = map[string]string{
	"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp", "image/avif": "avif",
	"image/heic": "heic", "image/svg+xml": "svg", "video/mp4": "mp4", "video/webm": "webm", "video/ogg": "ogv",
	"video/quicktime": "mov", "audio/mpeg": "mp3", "audio/aac": "aac", "audio/ogg": "ogg", "audio/opus": "opus",
	"audio/flac": "flac", "audio/wav": "wav", "audio/mp4": "m4a", "application/pdf": "pdf",
}

// Extension returns the ending of names of files of a type, without the dot; "bin"
// for a type that is not known.
func Extension(mediaType string) string {
	if ending, ok := extensions[mediaType]; ok {
		return ending
	}
	return "bin"
}

// beginnings tell types by their first bytes; a dot stands for any.
var beginnings = []struct{ bytes, mediaType string }{
	{"\xff\xd8\xff", "image/jpeg"},
	{"\x89PNG\r\n\x1a\n", "image/png"},
	{"GIF87a", "image/gif"},
	{"GIF89a", "image/gif"},
	{"RIFF....WEBP", "image/webp"},
	{"RIFF....WAVE", "audio/wav"},
	{"\x1a\x45\xdf\xa3", "video/webm"},
	{"fLaC", "audio/flac"},
	{"ID3", "audio/mpeg"},
	{"\xff\xf1", "audio/aac"},
	{"\xff\xf9", "audio/aac"},
	{"%PDF-", "application/pdf"},
}

// brands tell types of ISO media files (ISO/IEC 14496-12) by what stands behind
// "ftyp".
var brands = map[string]string{
	"avif": "image/avif", "avis": "image/avif",
	"heic": "image/heic", "heix": "image/heic", "heim": "image/heic", "heis": "image/heic", "mif1": "image/heic",
	"qt  ": "video/quicktime", "M4A ": "audio/mp4", "M4B ": "audio/mp4",
	"isom": "video/mp4", "iso2": "video/mp4", "iso3": "video/mp4", "iso4": "video/mp4", "iso5": "video/mp4", "iso6": "video/mp4",
	"mp41": "video/mp4", "mp42": "video/mp4", "avc1": "video/mp4", "M4V ": "video/mp4", "dash": "video/mp4", "MSNV": "video/mp4",
	"f4v ": "video/mp4", "3gp4": "video/mp4", "3gp5": "video/mp4", "3gp6": "video/mp4",
}

// Of tells the media type from the beginning of a file, [Unknown] if it is none
// that is known. A file may begin as one thing and be another: what is opened by
// a browser needs more than this.
func Of(head []byte) string {
	for _, b := range beginnings {
		if begins(head, b.bytes) {
			return b.mediaType
		}
	}
	switch {
	case begins(head, "....ftyp") && len(head) >= 12:
		if t, ok := brands[string(head[8:12])]; ok {
			return t
		}
	case begins(head, "OggS"):
		return ofOgg(head)
	case len(head) > 2 && head[0] == 0xff && isMPEGAudio(head[1], head[2]):
		return "audio/mpeg"
	case isSVG(head):
		return "image/svg+xml"
	}
	return Unknown
}

func begins(head []byte, pattern string) bool {
	if len(head) < len(pattern) {
		return false
	}
	for i := range len(pattern) {
		if pattern[i] != '.' && pattern[i] != head[i] {
			return false
		}
	}
	return true
}

func ofOgg(head []byte) string {
	switch {
	case bytes.Contains(head, []byte("\x80theora")):
		return "video/ogg"
	case bytes.Contains(head[:min(64, len(head))], []byte("OpusHead")):
		return "audio/opus"
	}
	return "audio/ogg"
}

// isMPEGAudio looks at a frame's header: layer III, a bit rate and a sampling rate
// that there are.
func isMPEGAudio(second, third byte) bool {
	return second&0xe6 == 0xe2 && second&0x18 != 0x08 && third&0xf0 != 0xf0 && third&0xf0 != 0 && third&0x0c != 0x0c
}

// isSVG reports whether the first element is svg.
func isSVG(head []byte) bool {
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	for {
		end := ""
		switch {
		case bytes.HasPrefix(text, []byte("<?")):
			end = "?>"
		case bytes.HasPrefix(text, []byte("<!--")):
			end = "-->"
		case bytes.HasPrefix(text, []byte("<!")):
			end = ">"
		default:
			return bytes.HasPrefix(text, []byte("<svg")) && len(text) > 4 && strings.ContainsRune(" \t\r\n>/", rune(text[4]))
		}
		i := bytes.Index(text, []byte(end))
		if i < 0 {
			return false
		}
		text = bytes.TrimLeft(text[i+len(end):], " \t\r\n")
	}
}
