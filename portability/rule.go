package portability

import (
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/vocab"
)

// A Rule is one thing that a sink may not be able to hold, named after the field of
// [Limits] that it comes from. The words are stable.
type Rule string

// The rules.
const (
	RuleKind        Rule = "kind"
	RuleType        Rule = "type"
	RuleAudience    Rule = "audience"
	RuleLanguage    Rule = "language"
	RuleOldest      Rule = "oldest"
	RuleText        Rule = "text"
	RulePollOptions Rule = "poll-options"
	RuleNeedsMedia  Rule = "needs-media"
	RuleAttachments Rule = "attachments"
	RuleMediaType   Rule = "media-type"
	RuleMediaBytes  Rule = "media-bytes"
	RuleItems       Rule = "items"
	RuleBytes       Rule = "bytes"
)

// bends reports whether an item that breaks the rule is made fit, rather than left
// out.
func (r Rule) bends() bool {
	switch r {
	case RuleOldest, RuleAttachments, RuleMediaType, RuleMediaBytes:
		return true
	}
	return false
}

// Breaks returns the rules that one item breaks, in the order of the constants. Of
// RuleItems and RuleBytes, which are about the whole, it knows nothing. Who tells
// the audience; the zero Readership takes everything that is not public for the
// author's alone or for people who are named.
func (l Limits) Breaks(item Item, who Readership) []Rule {
	if !item.Kind.Known() || len(l.Kinds) > 0 && !slices.Contains(l.Kinds, item.Kind) {
		return []Rule{RuleKind}
	}
	broken := l.breaksFiles(item)
	if item.Kind != Content || item.Object == nil {
		return broken
	}
	return append(l.breaksContent(item, who), broken...)
}

func (l Limits) breaksContent(item Item, who Readership) []Rule {
	o := item.Object
	var broken []Rule
	for _, c := range []struct {
		rule   Rule
		breaks bool
	}{
		{RuleType, len(l.Types) > 0 && !o.Is(l.Types...)},
		{RuleAudience, len(l.Audiences) > 0 && !l.takesAudience(item, who)},
		{RuleLanguage, len(l.Languages) > 0 && !l.takesLanguage(o)},
		{RuleOldest, l.tooOld(o)},
		{RuleText, l.TextRunes > 0 && textRunes(o) > l.TextRunes},
		{RulePollOptions, l.PollOptions > 0 && pollOptions(o) > l.PollOptions},
		{RuleNeedsMedia, l.NeedsMedia && len(item.Media) == 0},
		{RuleAttachments, l.Attachments > 0 && len(slices.Collect(o.All(vocab.Attachment))) > l.Attachments},
	} {
		if c.breaks {
			broken = append(broken, c.rule)
		}
	}
	return broken
}

func (l Limits) breaksFiles(item Item) []Rule {
	var broken []Rule
	if slices.ContainsFunc(item.Media, func(m Medium) bool { return !l.takesType(m.Type) }) {
		broken = append(broken, RuleMediaType)
	}
	if slices.ContainsFunc(item.Media, func(m Medium) bool { return l.MediaBytes > 0 && m.Size > l.MediaBytes }) {
		broken = append(broken, RuleMediaBytes)
	}
	return broken
}

func (l Limits) takesAudience(item Item, who Readership) bool {
	audience, _ := who.AudienceOf(item)
	return slices.Contains(l.Audiences, audience)
}

// takesLanguage takes what says no language, and a tag for all that are more
// particular (RFC 4647 §3.3.1).
func (l Limits) takesLanguage(o *vocab.Object) bool {
	said, ok := o.Get("contentMap").Object()
	if !ok || said.Len() == 0 {
		return true
	}
	for tag := range said.Members() {
		for _, l := range l.Languages {
			if strings.EqualFold(tag, l) || len(tag) > len(l) && tag[len(l)] == '-' && strings.EqualFold(tag[:len(l)], l) {
				return true
			}
		}
	}
	return false
}

func (l Limits) tooOld(o *vocab.Object) bool {
	when, ok := o.Time(vocab.Published)
	return ok && !l.Oldest.IsZero() && when.Before(l.Oldest)
}
