package dialect

import (
	"fmt"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// pictured adds to the item of an actor the pictures that its document names. Those
// of which the export has no file are missing, as an attachment would be.
func (a *Account) pictured(item portability.Item) portability.Item {
	for _, p := range []vocab.Property{vocab.Icon, vocab.Image} {
		child := item.Object.Child(p)
		if child == nil {
			continue
		}
		said := readAttachment(child)
		if len(said.urls) == 0 {
			continue
		}
		m := portability.Medium{URL: vocab.IRI(said.urls[0]), Type: said.mediaType, Size: -1}
		if entry := a.Pictures[m.URL]; entry != "" {
			m.Path, m.Size = entry, a.view.Size(entry)
		} else {
			item.Problems = append(item.Problems, portability.Problem{Reason: portability.MissingMedia, Detail: fmt.Sprintf("%s of the actor", p)})
		}
		item.Media = append(item.Media, m)
	}
	return item
}
