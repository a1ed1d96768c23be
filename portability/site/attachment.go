package site

import (
	"strings"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// An attachment is one file of a post, or what is left of it.
type attachment struct {
	Alt  string `json:"alt,omitzero"`
	File *file  `json:"file,omitzero"` // nil: it is not in the archive
	Link string `json:"link,omitzero"` // for what is a link and no file
	Said string `json:"said,omitzero"` // the media type that the archive gives a missing one

	Width, Height int64
}

// attachments returns the files of a post, in its order.
func (s *Site) attachments(item portability.Item) ([]attachment, error) {
	var all []attachment
	said := item.Object.Children(vocab.Attachment)
	for i, o := range said[:min(len(said), mostFiles)] {
		one := attachment{Alt: altOf(o.Text(vocab.Name)), Said: mediaType(o.Text(vocab.MediaType))}
		if one.Alt == "" {
			one.Alt = altOf(o.Text(vocab.Summary))
		}
		if o.Is(vocab.TypeLink) {
			one.Link, one.Alt = link(o.IRI(vocab.Href)), line(one.Alt, longestTitle)
			if one.Link == "" {
				continue
			}
		}
		one.Width, one.Height = side(o, "width"), side(o, "height")
		if medium, ok := mediumOf(item, o, i, len(said)); ok {
			found, err := s.fileOf(medium)
			if err != nil {
				return nil, err
			}
			one.File = found
		}
		all = append(all, one)
	}
	return all, nil
}

func altOf(text string) string { return strings.TrimSpace(clean(cut(text, longestAlt))) }

func side(o *vocab.Object, p vocab.Property) int64 {
	n, _ := o.Int64(p)
	if n < 1 || n > 1<<16 {
		return 0
	}
	return n
}

// mediumOf returns the file of the i-th of n attachments: the one that stood
// under its URL, or else the one in its place where there is one for each.
func mediumOf(item portability.Item, o *vocab.Object, i, n int) (portability.Medium, bool) {
	for _, u := range append(o.IRIs(vocab.URL), o.IRIs(vocab.Href)...) {
		for _, m := range item.Media {
			if u != "" && m.URL == u {
				return m, true
			}
		}
	}
	if len(item.Media) == n {
		return item.Media[i], true
	}
	return portability.Medium{}, false
}

// mediaType returns a media type if it has the shape of one.
func mediaType(said string) string {
	for _, r := range said {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '/' && r != '-' && r != '+' && r != '.' {
			return ""
		}
	}
	return cut(said, 100)
}
