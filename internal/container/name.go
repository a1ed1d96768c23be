package container

import (
	"strings"
	"unicode/utf8"
)

// A cleaner checks and cleans the names of entries.
type cleaner struct {
	opts  *Options
	notes *notes
}

// clean returns the name to use, "" if it is the container's own root.
func (c *cleaner) clean(raw string) (string, *Error) {
	if len(raw) > c.opts.Limits.PathBytes {
		return "", refuse(ReasonLongPath, raw)
	}
	if raw == "" {
		return "", refuse(ReasonNoName, "")
	}
	name := raw
	if c.opts.Backslashes {
		name = strings.ReplaceAll(name, `\`, "/")
	}
	if !utf8.ValidString(name) {
		c.notes.odd.add(ReasonNotUTF8, name)
		name = strings.ToValidUTF8(name, "\uFFFD")
	}
	if r := fault(name); r != "" {
		return "", refuse(r, raw)
	}
	segments := strings.FieldsFunc(name, func(r rune) bool { return r == '/' })
	kept := segments[:0]
	for _, s := range segments {
		if s != "." {
			kept = append(kept, s)
		}
	}
	if len(kept) > c.opts.Limits.PathSegments {
		return "", refuse(ReasonDeepPath, raw)
	}
	clean := strings.Join(kept, "/")
	if clean != strings.TrimSuffix(raw, "/") {
		c.notes.odd.addOnce(ReasonNormalised, raw)
	}
	for _, s := range kept {
		if unportable(s) {
			c.notes.odd.add(ReasonUnportable, raw)
			break
		}
	}
	return clean, nil
}

// fault says why a name is refused, "" if it is not.
func fault(name string) Reason {
	if strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }) {
		return ReasonControl
	}
	if strings.Contains(name, `\`) {
		return ReasonBackslash
	}
	if name[0] == '/' || hasDrive(name) {
		return ReasonTraversal
	}
	for s := range strings.SplitSeq(name, "/") {
		if climbs(s) {
			return ReasonTraversal
		}
	}
	return ""
}

func hasDrive(name string) bool {
	letter := name[0] | 0x20
	return len(name) > 1 && name[1] == ':' && letter >= 'a' && letter <= 'z'
}

// climbs says whether a segment means the folder above, also to one who decodes
// percents, however often.
func climbs(segment string) bool {
	s := strings.ToLower(segment)
	for strings.Contains(s, "%25") {
		s = strings.ReplaceAll(s, "%25", "%")
	}
	s = strings.ReplaceAll(s, "%2e", ".")
	s = strings.ReplaceAll(s, "%5c", "/")
	for part := range strings.SplitSeq(strings.ReplaceAll(s, "%2f", "/"), "/") {
		if part == ".." {
			return true
		}
	}
	return false
}

// unportable says whether some file system cannot hold a file of this name.
// Nothing is stored under it here, but who unpacks the archive may care.
func unportable(segment string) bool {
	if strings.HasSuffix(segment, ".") || strings.HasSuffix(segment, " ") {
		return true
	}
	stem, _, _ := strings.Cut(strings.ToUpper(segment), ".")
	switch stem {
	case "CON", "PRN", "AUX", "NUL":
		return true
	}
	return len(stem) == 4 && (stem[:3] == "COM" || stem[:3] == "LPT") && stem[3] >= '1' && stem[3] <= '9'
}

// noise says whether an entry is what systems leave in archives unasked.
func noise(name string) bool {
	if strings.HasPrefix(name, "__MACOSX/") || name == "__MACOSX" {
		return true
	}
	switch name[strings.LastIndexByte(name, '/')+1:] {
	case ".DS_Store", "Thumbs.db":
		return true
	}
	return false
}
