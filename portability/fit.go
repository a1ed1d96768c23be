package portability

import (
	"html"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"codeberg.org/godwit/godwit/vocab"
)

// Fit returns an item as a sink with these limits can hold it, and how it ends
// there: Copied if it fits as it is; Changed if some of its attachments had to be
// left out, the first ones stay; Skipped if it has no place.
//
// It looks at what [Limits.Breaks] does except audiences and dates, which depend on
// the account, and files, which come by themselves.
func (l Limits) Fit(item Item) (Item, State, Reason) {
	l.Audiences, l.MediaTypes, l.MediaBytes, l.Oldest = nil, nil, 0, time.Time{}
	broken := l.Breaks(item, Readership{})
	switch {
	case len(broken) == 0:
		return item, Copied, ""
	case len(broken) > 1 || !broken[0].bends():
		return item, Skipped, NoPlace
	}
	return l.cutAttachments(item)
}

func (l Limits) cutAttachments(item Item) (Item, State, Reason) {
	all := slices.Collect(item.Object.All(vocab.Attachment))
	shorter, err := item.Object.With(vocab.Attachment, all[:l.Attachments])
	if err != nil {
		return item, Failed, Unreadable
	}
	item.Object = shorter
	item.Media = item.Media[:min(len(item.Media), l.Attachments)]
	return item, Changed, Shortened
}

// textRunes counts the characters of a piece of content as a reader sees it, in
// its longest language.
func textRunes(o *vocab.Object) int {
	longest := visible(o.Text(vocab.Content))
	if languages, ok := o.Get("contentMap").Object(); ok {
		for _, text := range languages.Members() {
			said, _ := text.Text()
			longest = max(longest, visible(said))
		}
	}
	return longest
}

// visible counts the characters of HTML without its tags.
func visible(markup string) int {
	var text strings.Builder
	for markup != "" {
		before, tag, found := strings.Cut(markup, "<")
		text.WriteString(before)
		if !found {
			break
		}
		_, markup, _ = strings.Cut(tag, ">")
	}
	return utf8.RuneCountInString(html.UnescapeString(text.String()))
}

func pollOptions(o *vocab.Object) int {
	return max(len(slices.Collect(o.All("oneOf"))), len(slices.Collect(o.All("anyOf"))))
}
