package portability

import (
	"html"
	"slices"
	"strings"
	"unicode/utf8"

	"codeberg.org/godwit/godwit/vocab"
)

// Fit returns an item as a sink with these limits can hold it, and how it ends
// there: Copied if it fits as it is; Changed if some of its attachments had to be
// left out, the first ones stay; Skipped if it has no place.
//
// It looks at Kinds, and for content at Types, NeedsMedia, Attachments, TextRunes
// and PollOptions. Whose turn the others are is up to the sink: files come by
// themselves, and audiences and dates depend on the account.
func (l Limits) Fit(item Item) (Item, State, Reason) {
	switch o := item.Object; {
	case !item.Kind.Known(), len(l.Kinds) > 0 && !slices.Contains(l.Kinds, item.Kind):
		return item, Skipped, NoPlace
	case item.Kind != Content || o == nil:
		return item, Copied, ""
	case len(l.Types) > 0 && !o.Is(l.Types...),
		l.NeedsMedia && len(item.Media) == 0,
		l.TextRunes > 0 && textRunes(o) > l.TextRunes,
		l.PollOptions > 0 && pollOptions(o) > l.PollOptions:
		return item, Skipped, NoPlace
	}
	return l.cutAttachments(item)
}

func (l Limits) cutAttachments(item Item) (Item, State, Reason) {
	all := slices.Collect(item.Object.All(vocab.Attachment))
	if l.Attachments <= 0 || len(all) <= l.Attachments {
		return item, Copied, ""
	}
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
