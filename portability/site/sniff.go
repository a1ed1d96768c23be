package site

import (
	"bytes"
	"strings"
)

// A form is what a file is, told from its first bytes alone.
type form struct {
	mediaType string
	extension string // "bin" for what no page shows
	shown     string // "image", "video", "audio", or "" for a link to the file
}

var other = form{"application/octet-stream", "bin", ""}

// sniffed is how many bytes sniff looks at.
const sniffed = 4096

// sniff tells what a file is. What is not known to be shown safely in a page is
// other, and so are pictures that can hold scripts.
func sniff(head []byte) form {
	for _, known := range []struct {
		at    int
		magic string
		form  form
	}{
		{0, "\xff\xd8\xff", form{"image/jpeg", "jpg", "image"}},
		{0, "\x89PNG\r\n\x1a\n", form{"image/png", "png", "image"}},
		{0, "GIF87a", form{"image/gif", "gif", "image"}},
		{0, "GIF89a", form{"image/gif", "gif", "image"}},
		{0, "\x1a\x45\xdf\xa3", form{"video/webm", "webm", "video"}},
		{0, "fLaC", form{"audio/flac", "flac", "audio"}},
		{0, "ID3", form{"audio/mpeg", "mp3", "audio"}},
		{0, "\xff\xfb", form{"audio/mpeg", "mp3", "audio"}},
		{0, "\xff\xf3", form{"audio/mpeg", "mp3", "audio"}},
		{0, "\xff\xf2", form{"audio/mpeg", "mp3", "audio"}},
		{0, "\xff\xf1", form{"audio/aac", "aac", "audio"}},
	} {
		if at(head, known.at, known.magic) {
			return known.form
		}
	}
	switch {
	case at(head, 0, "RIFF") && at(head, 8, "WEBP"):
		return form{"image/webp", "webp", "image"}
	case at(head, 0, "RIFF") && at(head, 8, "WAVE"):
		return form{"audio/wav", "wav", "audio"}
	case at(head, 0, "OggS"):
		return sniffOgg(head)
	case at(head, 4, "ftyp"):
		return sniffISO(head)
	}
	return other
}

func sniffOgg(head []byte) form {
	if bytes.Contains(head, []byte("\x80theora")) {
		return form{"video/ogg", "ogv", "video"}
	}
	return form{"audio/ogg", "ogg", "audio"}
}

// sniffISO tells the files of ISO 14496-12 apart by their major brand.
func sniffISO(head []byte) form {
	if len(head) < 12 {
		return other
	}
	switch brand := string(head[8:12]); brand {
	case "avif", "avis":
		return form{"image/avif", "avif", "image"}
	case "M4A ", "M4B ":
		return form{"audio/mp4", "m4a", "audio"}
	case "isom", "iso2", "iso3", "iso4", "iso5", "iso6", "mp41", "mp42", "avc1", "M4V ", "dash", "MSNV", "f4v ":
		return form{"video/mp4", "mp4", "video"}
	case "qt  ":
		return form{"video/quicktime", "mov", "video"}
	}
	return other
}

func at(head []byte, offset int, magic string) bool {
	return len(head) >= offset && strings.HasPrefix(string(head[offset:]), magic)
}
