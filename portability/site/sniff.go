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
		{0, "\xff\xd8\xff", formOf("jpg")},
		{0, "\x89PNG\r\n\x1a\n", formOf("png")},
		{0, "GIF87a", formOf("gif")},
		{0, "GIF89a", formOf("gif")},
		{0, "\x1a\x45\xdf\xa3", formOf("webm")},
		{0, "fLaC", formOf("flac")},
		{0, "ID3", formOf("mp3")},
		{0, "\xff\xfb", formOf("mp3")},
		{0, "\xff\xf3", formOf("mp3")},
		{0, "\xff\xf2", formOf("mp3")},
		{0, "\xff\xf1", formOf("aac")},
	} {
		if at(head, known.at, known.magic) {
			return known.form
		}
	}
	switch {
	case at(head, 0, "RIFF") && at(head, 8, "WEBP"):
		return formOf("webp")
	case at(head, 0, "RIFF") && at(head, 8, "WAVE"):
		return formOf("wav")
	case at(head, 0, "OggS"):
		return sniffOgg(head)
	case at(head, 4, "ftyp"):
		return sniffISO(head)
	}
	return other
}

func sniffOgg(head []byte) form {
	if bytes.Contains(head, []byte("\x80theora")) {
		return formOf("ogv")
	}
	return formOf("ogg")
}

// sniffISO tells the files of ISO 14496-12 apart by their major brand.
func sniffISO(head []byte) form {
	if len(head) < 12 {
		return other
	}
	switch brand := string(head[8:12]); brand {
	case "avif", "avis":
		return formOf("avif")
	case "M4A ", "M4B ":
		return form{"audio/mp4", "m4a", "audio"}
	case "isom", "iso2", "iso3", "iso4", "iso5", "iso6", "mp41", "mp42", "avc1", "M4V ", "dash", "MSNV", "f4v ":
		return form{"video/mp4", "mp4", "video"}
	case "qt  ":
		return formOf("mov")
	}
	return other
}

func at(head []byte, offset int, magic string) bool {
	return len(head) >= offset && strings.HasPrefix(string(head[offset:]), magic)
}

// forms are all that are told apart.
var forms = []form{
	other,
	{"image/jpeg", "jpg", "image"}, {"image/png", "png", "image"}, {"image/gif", "gif", "image"},
	{"image/webp", "webp", "image"}, {"image/avif", "avif", "image"},
	{"video/mp4", "mp4", "video"}, {"video/webm", "webm", "video"}, {"video/ogg", "ogv", "video"},
	{"video/quicktime", "mov", "video"},
	{"audio/mpeg", "mp3", "audio"}, {"audio/ogg", "ogg", "audio"}, {"audio/flac", "flac", "audio"},
	{"audio/wav", "wav", "audio"}, {"audio/aac", "aac", "audio"}, {"audio/mp4", "m4a", "audio"},
}

// formOf is the form that has an extension.
func formOf(extension string) form {
	for _, f := range forms {
		if f.extension == extension {
			return f
		}
	}
	return other
}
