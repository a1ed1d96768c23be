package dialect

import "bytes"

// typeOf finds the type of a document without parsing it, where it is written
// plainly: as one string without escapes, under the name "type". What it says of a
// text that is no document means nothing.
func typeOf(data []byte) (string, bool) {
	i := bytes.IndexByte(data, '{') + 1
	for i > 0 && i < len(data) {
		i = skipBlank(data, i)
		if i >= len(data) || data[i] != '"' {
			return "", false
		}
		name := i
		i = skipQuoted(data, i)
		isType := string(data[name:min(i, len(data))]) == `"type"`
		i = skipBlank(data, i)
		if i >= len(data) || data[i] != ':' {
			return "", false
		}
		i = skipBlank(data, i+1)
		from := i
		i = skipMember(data, i)
		if isType {
			return plainString(data[from:min(i, len(data))])
		}
		if i = skipBlank(data, i); i < len(data) && data[i] == ',' {
			i++
		}
	}
	return "", false
}

func plainString(value []byte) (string, bool) {
	if len(value) < 2 || value[0] != '"' || bytes.IndexByte(value, '\\') >= 0 {
		return "", false
	}
	return string(value[1 : len(value)-1]), true
}

func skipBlank(data []byte, i int) int {
	for i < len(data) && (data[i] == ' ' || data[i] == '\n' || data[i] == '\t' || data[i] == '\r') {
		i++
	}
	return i
}

// skipQuoted returns the index behind the string that begins at i.
func skipQuoted(data []byte, i int) int {
	for i++; i < len(data); i++ {
		switch data[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(data)
}

// skipMember returns the index behind the value that begins at i.
func skipMember(data []byte, i int) int {
	depth := 0
	for i < len(data) {
		switch data[i] {
		case '"':
			i = skipQuoted(data, i)
			if depth == 0 {
				return i
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
			if depth == 0 {
				return i + 1
			}
			if depth < 0 {
				return i
			}
		case ',':
			if depth == 0 {
				return i
			}
		}
		i++
	}
	return i
}
