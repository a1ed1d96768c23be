package backup

import (
	"bytes"
	"mime"
	"strings"
)

// sniffLength is how much of a file is looked at to tell what it is.
const sniffLength = 4096

const unknownType = "application/octet-stream"

// extensions are those of entries, by media type.
var extensions = map[string]string{
	"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp", "image/avif": "avif",
	"image/heic": "heic", "image/svg+xml": "svg", "video/mp4": "mp4", "video/webm": "webm", "video/quicktime": "mov",
	"audio/mpeg": "mp3", "audio/ogg": "ogg", "audio/opus": "opus", "audio/flac": "flac", "audio/wav": "wav",
	"audio/mp4": "m4a", "application/pdf": "pdf",
}

// attachmentPath is where a file stands in the archive.
func attachmentPath(digest, mediaType string) string {
	ext, ok := extensions[mediaType]
	if !ok {
		ext = "bin"
	}
	return attachments + digest + "." + ext
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
	{"%PDF-", "application/pdf"},
}

// brands tell types of ISO media files (ISO/IEC 14496-12) by what stands behind
// "ftyp".
var brands = map[string]string{
	"avif": "image/avif", "avis": "image/avif",
	"heic": "image/heic", "heix": "image/heic", "heim": "image/heic", "heis": "image/heic", "mif1": "image/heic",
	"qt  ": "video/quicktime", "M4A ": "audio/mp4", "M4B ": "audio/mp4",
}

// sniff tells the media type from the beginning of a file. Names, and what servers
// say, are not asked.
func sniff(head []byte) string {
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
		return "video/mp4"
	case begins(head, "OggS"):
		return sniffOgg(head)
	case len(head) > 2 && head[0] == 0xff && isMPEGAudio(head[1], head[2]):
		return "audio/mpeg"
	case isSVG(head):
		return "image/svg+xml"
	}
	return unknownType
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

func sniffOgg(head []byte) string {
	if bytes.Contains(head[:min(64, len(head))], []byte("OpusHead")) {
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

func sameMediaType(a, b string) bool {
	if bare, _, err := mime.ParseMediaType(a); err == nil {
		a = bare
	}
	return strings.EqualFold(a, b)
}
