package vocab

// The functions here find their way through JSON that [ParseWith] has already
// found well-formed; [skipString] and [skipSpace] also stop safely at the end
// of anything else.

// index lists the members of the object that starts at data[start].
func index(data []byte, start int) *Object {
	o := &Object{members: make([]member, 0, 16)}
	i := skipSpace(data, start+1)
	for data[i] != '}' {
		m := member{name: int32(i)}
		i = skipString(data, i)
		m.nameEnd = int32(i)
		i = skipSpace(data, i)
		i = skipSpace(data, i+1)
		m.value = int32(i)
		i = skipValue(data, i)
		m.valueEnd = int32(i)
		o.members = append(o.members, m)
		i = skipSpace(data, i)
		if data[i] == ',' {
			i = skipSpace(data, i+1)
		}
	}
	o.raw, o.start, o.end = data, start, i+1
	return o
}

func skipSpace(data []byte, i int) int {
	for i < len(data) && (data[i] == ' ' || data[i] == '\n' || data[i] == '\t' || data[i] == '\r') {
		i++
	}
	return i
}

// skipString returns the index behind the string that starts at data[i].
func skipString(data []byte, i int) int {
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

// skipValue returns the index behind the value that starts at data[i].
func skipValue(data []byte, i int) int {
	switch data[i] {
	case '"':
		return skipString(data, i)
	case '{', '[':
		return skipNested(data, i)
	}
	for i < len(data) {
		switch data[i] {
		case ',', '}', ']', ' ', '\n', '\t', '\r':
			return i
		}
		i++
	}
	return i
}

func skipNested(data []byte, i int) int {
	depth := 0
	for i < len(data) {
		switch data[i] {
		case '"':
			i = skipString(data, i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
			if depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return i
}
