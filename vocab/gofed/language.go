package gofed

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// A text is a property in up to two members, name and nameMap. go-fed reads
// one of them, name if there is any, and writes it under the name that fits
// its value.
type text struct {
	*container
	name, languages string
}

// languages returns the text that a changed key belongs to. A key is treated
// by itself if no nameMap is in play, or if go-fed knows both names apart.
func (c *container) languages(key string, before, after map[string]any) (text, bool) {
	name := strings.TrimSuffix(key, "Map")
	t := text{c, name, name + "Map"}
	both := func(m map[string]any) bool {
		_, one := m[t.name]
		_, other := m[t.languages]
		return one && other
	}
	inPlay := len(c.spelled(t.languages)) > 0 || before[t.languages] != nil || after[t.languages] != nil
	return t, inPlay && !both(before) && !both(after)
}

// write is called for each of the two keys that changed, and does the same.
func (t text) write(before, after map[string]any) error {
	names, maps := t.spelled(t.name), t.spelled(t.languages)
	was := before[t.name]
	if was == nil {
		was = before[t.languages]
	}
	switch {
	case after[t.name] != nil && len(names) > 0:
		t.drop(names[1:])
		if err := t.change(names[0], t.name, was, after[t.name]); err != nil {
			return err
		}
		return t.translate(maps, was, after[t.name])
	case after[t.name] != nil:
		t.drop(maps)
		return t.addOnce(t.name, after[t.name])
	case after[t.languages] != nil && len(maps) > 0 && len(names) == 0:
		t.drop(maps[1:])
		return t.change(maps[0], t.languages, was, after[t.languages])
	}
	t.drop(names)
	t.drop(maps)
	if after[t.languages] == nil {
		return nil
	}
	return t.addOnce(t.languages, after[t.languages])
}

func (t text) addOnce(name string, value any) error {
	if t.has[name] {
		return nil
	}
	return t.addValue(name, value)
}

// translate lets the languages that said the same as name say what it says
// now. go-fed does not see them.
func (t text) translate(maps []int, was, now any) error {
	for _, i := range maps {
		if t.valueOf(i)[0] != '{' || t.parts[i].changed {
			continue
		}
		languages, err := open(t.valueOf(i))
		if err != nil {
			return err
		}
		for j := range languages.parts {
			said, err := jsontext.AppendUnquote(nil, languages.valueOf(j))
			if err == nil && was == any(string(said)) {
				if err := languages.change(j, "", was, now); err != nil {
					return err
				}
			}
		}
		t.set(i, languages.bytes())
	}
	return nil
}
