package site

import (
	"slices"

	"codeberg.org/godwit/godwit/internal/mediatype"
)

// A form is what a file is, told from its first bytes alone.
type form struct {
	mediaType string
	extension string // "bin" for what no page shows
	shown     string // "image", "video", "audio", or "" for a link to the file
}

var other = form{"application/octet-stream", "bin", ""}

// forms are all that are told apart, in an order that spools rely upon.
var forms = slices.Concat([]form{other},
	in("image", "image/jpeg", "image/png", "image/gif", "image/webp", "image/avif"),
	in("video", "video/mp4", "video/webm", "video/ogg", "video/quicktime"),
	in("audio", "audio/mpeg", "audio/ogg", "audio/opus", "audio/flac", "audio/wav", "audio/aac", "audio/mp4"),
)

// sniff tells what a file is. What is not known to be shown safely in a page is
// other, and so are pictures that can hold scripts.
func sniff(head []byte) form {
	mediaType := mediatype.Of(head)
	if i := slices.IndexFunc(forms, func(f form) bool { return f.mediaType == mediaType }); i >= 0 {
		return forms[i]
	}
	return other
}

// in are the types that an element shows.
func in(element string, mediaTypes ...string) []form {
	var all []form
	for _, t := range mediaTypes {
		all = append(all, form{t, mediatype.Extension(t), element})
	}
	return all
}
