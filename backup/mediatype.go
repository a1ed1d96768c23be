package backup

import (
	"mime"
	"strings"

	"codeberg.org/godwit/godwit/internal/mediatype"
)

// sniffLength is how much of a file is looked at to tell what it is.
const sniffLength = mediatype.Length

func sniff(head []byte) string { return mediatype.Of(head) }

// attachmentPath is where a file stands in the archive.
func attachmentPath(digest, mediaType string) string {
	return attachments + digest + "." + mediatype.Extension(mediaType)
}

func sameMediaType(a, b string) bool {
	if bare, _, err := mime.ParseMediaType(a); err == nil {
		a = bare
	}
	return strings.EqualFold(a, b)
}
