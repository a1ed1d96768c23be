package jsonitems_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/jsonitems"
)

// told writes what was read in one line: elements as they are, members with their
// names, faults in angle brackets.
func told(t *testing.T, r io.Reader, o *jsonitems.Options) string {
	t.Helper()
	var all []string
	for e, err := range jsonitems.Read(r, o) {
		require.NoError(t, err)
		all = append(all, line(e))
	}
	return strings.Join(all, " ")
}

func line(e jsonitems.Element) string {
	text := string(e.Data)
	if e.Array != "" {
		text = e.Array[:1] + ":" + text
	}
	if e.Member != "" {
		text = e.Member + "=" + text
	}
	if e.Line > 0 {
		text = fmt.Sprint(e.Line, ":", text)
	}
	if e.Fault != "" {
		text += "<" + string(e.Fault) + ">"
	}
	return text
}

func TestRead(t *testing.T) {
	small := &jsonitems.Options{MaxItem: 12, MaxDepth: 3}
	script := &jsonitems.Options{Assignment: true}
	for _, c := range []struct {
		name, text, want string
		options          *jsonitems.Options
	}{
		{"an array", `[1, "a" ,{"b":[]},null]`, `1 "a" {"b":[]} null`, nil},
		{"an empty array", ` [ ] `, ``, nil},
		{"a collection", `{"@context":"x","orderedItems":[{"a":1},2]}`, `@context="x" o:{"a":1} o:2`, nil},
		{"a total behind the items", `{"orderedItems":[1],"totalItems":7}`, `o:1 totalItems=7`, nil},
		{"two arrays", `{"items":[1],"orderedItems":[2]}`, `i:1 o:2`, nil},
		{"an array further within", `{"x":{"items":[1]},"items":[2]}`, `x={"items":[1]} i:2`, nil},
		{"an array of another name", `{"notes":[1,2]}`, `n:1 n:2`, &jsonitems.Options{Arrays: []string{"notes"}}},
		{"an array name with escapes", `{"\u0069tems":[1]}`, `i:1`, nil},
		{"a member without a name", `{"":{"id":1},"items":[]}`, `""={"id":1}`, nil},
		{"laid out on lines", "{\r\n\t\"items\" : [\r\n\t\t{\n \"a\" : 1 }\n,\n2 ]\n}\n", "i:{\n \"a\" : 1 } i:2", nil},
		{"brackets and quotes in strings", `["]}\"[{","\\",{"\\\"}":"]"}]`, `"]}\"[{" "\\" {"\\\"}":"]"}`, nil},

		{"a repeated array, the first empty", `{"orderedItems":[],"orderedItems":[1]}`, `o:<repeated> o:1`, nil},
		{"a repeated array", `{"items":[1],"items":[2]}`, `i:1 i:<repeated> i:2`, nil},
		{"a repeated member", `{"@context":1,"@context":2,"items":[]}`, `@context=1 @context=<repeated> @context=2`, nil},
		{"no array", `{"type":"Note"}`, `type="Note" <wrong-shape>`, nil},
		{"an array name with another value", `{"items":{"id":1}}`, `items={"id":1} <wrong-shape>`, nil},
		{"a string", ` "text" `, `<wrong-shape>`, nil},

		{"a comma too many at the end", `[1,2,]`, `1 2 <stray>`, nil},
		{"a comma at the beginning", `[,1]`, `<stray> 1`, nil},
		{"nothing but commas", `[,,,]`, `<stray>`, nil},
		{"double commas, twice", `[1,,2,,3]`, `1 <stray> 2 3`, nil},
		{"a comma missing", `[{} {}]`, `{} <stray> {}`, nil},
		{"a comma too many in the object", `{"items":[1],}`, `i:1 <stray>`, nil},
		{"a comma too many in both", `{"items":[1,],,"a":2}`, `i:1 <stray> <stray> a=2`, nil},
		{"a bracket of the wrong kind", `[1},2]`, `1 <stray> 2`, nil},
		{"text among members", `{"a":1, [1,"}"] ,"items":[2]}`, `a=1 <stray> i:2`, nil},
		{"a name without a value", `{"a", "b":, "items":[2]}`, `<stray> i:2`, nil},
		{"brackets that close what they did not open", `[{"a":[1}},2]`, `{"a":[1}}<bad-json> 2`, nil},

		{"too large", `["0123456789",1,"0123456789a",{"a":"0123456789"},2]`,
			`"0123456789" 1 <too-large> <too-large> 2`, small},
		{"too deep", `[[[[]]],[[[[]]]],1]`, `[[[]]] <too-deep> 1`, small},
		{"a large member", `{"a":"0123456789a","items":[1]}`, `a=<too-large> i:1`, small},
		{"a large name", `{"0123456789abcdef":1,"items":[1]}`, `<too-large> <stray> i:1`, small},

		{"cut within an element", `{"items":[1,{"a":`, `i:1 <truncated>`, nil},
		{"cut behind an element", `{"items":[1,{"a":2}`, `i:1 i:{"a":2} <truncated>`, nil},
		{"cut within a number", `[1,2`, `1 <truncated>`, nil},
		{"cut within the header", `{"a`, `<truncated>`, nil},
		{"cut behind a name", `{"a":`, `<truncated>`, nil},

		{"not a number", `[NaN,{"a":Infinity},2]`, `NaN<bad-json> {"a":Infinity}<bad-json> 2`, nil},
		{"half a number", `[1.,-,01,1]`, `1.<bad-json> -<bad-json> 01<bad-json> 1`, nil},
		{"a comment", `[1 /*x*/,2]`, `1 <stray> /*x*/<bad-json> 2`, nil},
		{"single quotes", `[{'a':1},2]`, `{'a':1}<bad-json> 2`, nil},
		{"a huge number", `[1e400]`, `1e400`, nil},

		{"invalid UTF-8", "[\"a\xffb\",\"\u00e4\"]", "\"a\uFFFDb\"<bad-text> \"\u00e4\"", nil},
		{"half a surrogate pair", `["a\ud800b","\uDC00\uD800","\uD83D\uDE00","\\ud800"]`,
			`"a\ufffdb"<bad-text> "\ufffd\ufffd"<bad-text> "\uD83D\uDE00" "\\ud800"`, nil},

		{"a byte order mark", "\ufeff[1]", `<odd-coding> 1`, nil},
		{"UTF-16, little end first", encoded(binary.LittleEndian, "\ufeff[\"ä😀\"]"), `<odd-coding> "ä😀"`, nil},
		{"UTF-16, big end first", encoded(binary.BigEndian, "\ufeff[\"ä😀\"]"), `<odd-coding> "ä😀"`, nil},
		{"UTF-16 with half a pair", "\xff\xfe[\x00\"\x00\x00\xd8\"\x00]\x00", "<odd-coding> \"\uFFFD\"<bad-text>", nil},
		{"UTF-16 with half a unit", "\xff\xfe[\x001\x00]\x00]", "<odd-coding> 1 <trailing>", nil},
		{"UTF-32", "\xff\xfe\x00\x00[\x00\x00\x00", `<not-text>`, nil},
		{"nothing", ``, `<not-text>`, nil},
		{"no JSON", `<html>[1]</html>`, `<not-text>`, nil},
		{"zeros", "\x00\x00\x00\x00", `<not-text>`, nil},
		{"something behind", `[1] {"a":2}`, `1 <trailing>`, nil},
		{"a semicolon where none belongs", `[1];`, `1 <trailing>`, nil},

		{"an assignment", "window.YTD.follower.part0 = [ {\"follower\":1},\r\n 2 ];\r\n", `{"follower":1} 2`, script},
		{"an assignment behind a mark", "\ufeffwindow.__THAR_CONFIG={\"items\":[1]}", `<odd-coding> i:1`, script},
		{"a value without an assignment", `[1]`, `1`, script},
		{"code in place of an assignment", `alert(1); x = [1]`, `<not-text>`, script},
		{"code behind an assignment", `x = [1]; alert(1)`, `1 <trailing>`, script},
		{"code as the value", `x = fetch([1])`, `<not-text>`, script},
		{"an assignment that nobody asked for", `x = [1]`, `<not-text>`, nil},
		{"a name without end", strings.Repeat("x", 5000) + "=[1]", `<not-text>`, script},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, told(t, strings.NewReader(c.text), c.options), "read at once")
			assert.Equal(t, c.want, told(t, iotest.OneByteReader(strings.NewReader(c.text)), c.options), "read byte by byte")
		})
	}
}

func encoded(order binary.AppendByteOrder, text string) string {
	var data []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		data = order.AppendUint16(data, unit)
	}
	return string(data)
}

func TestReadPassesOver(t *testing.T) {
	wide := func(data []byte) bool { return len(data) > 1 }
	for _, c := range []struct{ name, text, want string }{
		{"some elements", `[1,"ab",2,{"a":1}]`, `1 <passed> 2 <passed>`},
		{"all elements", `{"items":[12,34]}`, `i:<passed> i:<passed>`},
		{"no members beside the arrays", `{"id":"long","items":[12]}`, `id="long" i:<passed>`},
		{"no element with a fault", `[12,{x},3]`, `<passed> {x}<bad-json> 3`},
		{"an element that is no text", "[\"a\xffb\",1]", `<passed> 1`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var all []string
			for e, err := range jsonitems.Read(strings.NewReader(c.text), &jsonitems.Options{Pass: wide}) {
				require.NoError(t, err)
				if e.Passed {
					e.Fault = "passed"
				}
				all = append(all, line(e))
			}
			assert.Equal(t, c.want, strings.Join(all, " "))
		})
	}
}

func TestReadAsItStands(t *testing.T) {
	text := "{\"id\":\"a\xffb\",\"items\":[\"c\xffd\",\"\\ud800\",[1],{x}]}"
	var before, after []string
	for e, err := range jsonitems.Read(strings.NewReader(text), &jsonitems.Options{AsItStands: true}) {
		require.NoError(t, err)
		before = append(before, line(e))
		jsonitems.Repair(&e)
		after = append(after, line(e))
	}
	assert.Equal(t, "id=\"a\uFFFDb\"<bad-text> i:\"c\xffd\" i:\"\\ud800\" i:[1] i:{x}<bad-json>", strings.Join(before, " "))
	assert.Equal(t, told(t, strings.NewReader(text), nil), strings.Join(after, " "), "repaired, it is what is read otherwise")
}

func TestReadSaysWhere(t *testing.T) {
	text := "\ufeff{\"a\": 1,\n\"items\":[ {},2]} x"
	for _, read := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text))} {
		for e, err := range jsonitems.Read(read, nil) {
			require.NoError(t, err)
			switch {
			case e.Data != nil:
				assert.Equal(t, string(e.Data), text[e.Offset:e.Offset+int64(len(e.Data))], "the offset of an element")
			case e.Fault == jsonitems.Trailing:
				assert.Equal(t, byte('x'), text[e.Offset], "the offset of what stands behind the end")
			}
		}
	}
}

func TestReadAcrossWindows(t *testing.T) {
	var text strings.Builder
	var want []string
	text.WriteString("[")
	for i := range 2000 {
		element := fmt.Sprintf(`{"i":%d,"s":"%s\\\""}`, i, strings.Repeat("x", i*7%9000))
		want = append(want, element)
		if i > 0 {
			text.WriteString(",\n")
		}
		text.WriteString(element)
	}
	text.WriteString("]")
	var elements [][]byte
	for e, err := range jsonitems.Read(iotest.HalfReader(strings.NewReader(text.String())), nil) {
		require.NoError(t, err)
		elements = append(elements, e.Data)
	}
	require.Len(t, elements, len(want), "elements")
	for i, element := range elements {
		require.Equal(t, want[i], string(element), "an element stays as it was while others are read")
		require.Equal(t, len(element), cap(element), "an element holds no more than itself")
	}
}

func TestReadFails(t *testing.T) {
	broken := errors.New("broken pipe")
	for _, text := range []string{``, `[1`, `[1,{"a":`, `{"items":[1]`, `[1]`} {
		r := io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken))
		var last error
		n := 0
		for _, err := range jsonitems.Read(r, nil) {
			require.NoError(t, last, "an error is the last thing yielded")
			last = err
			n++
		}
		require.ErrorIs(t, last, broken, "reading %q", text)
	}
}

func TestReadStops(t *testing.T) {
	text := `{"a":1,"items":[1,,2],"items":[3]} x`
	all := strings.Count(told(t, strings.NewReader(text), nil), " ") + 1
	for stop := 1; stop <= all; stop++ {
		n := 0
		for range jsonitems.Read(strings.NewReader(text), nil) {
			n++
			if n == stop {
				break
			}
		}
		assert.Equal(t, stop, n, "nothing is yielded after breaking out")
	}
}

// endless gives a beginning, and then one byte for ever, up to a size.
type endless struct {
	begin string
	fill  byte
	size  int
}

func (e *endless) Read(p []byte) (int, error) {
	if len(e.begin) > 0 {
		n := copy(p, e.begin)
		e.begin = e.begin[n:]
		return n, nil
	}
	if e.size <= 0 {
		return 0, io.EOF
	}
	n := min(len(p), e.size)
	for i := range p[:n] {
		p[i] = e.fill
	}
	e.size -= n
	return n, nil
}

func TestReadIsBounded(t *testing.T) {
	for _, c := range []struct{ name, begin, fill, want string }{
		{"a string without end", `["`, `x`, "<truncated>"},
		{"brackets without end", ``, `[`, "<truncated>"},
		{"backslashes without end", `["`, `\`, "<truncated>"},
		{"space without end", ``, ` `, "<not-text>"},
		{"commas without end", `[`, `,`, "<stray> <truncated>"},
		{"a name without end", `{"`, `n`, "<truncated>"},
		{"a number without end", `[`, `1`, "<truncated>"},
		{"something behind without end", `[1]`, `x`, "1 <trailing>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			const size = 64 << 20
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			got := told(t, &endless{c.begin, c.fill[0], size}, &jsonitems.Options{MaxItem: 1 << 20})
			runtime.ReadMemStats(&after)
			assert.Equal(t, c.want, got)
			assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(6<<20), "bytes allocated for 64 MiB of text")
		})
	}
}

func TestLines(t *testing.T) {
	small := &jsonitems.Options{MaxItem: 12, MaxDepth: 3}
	for _, c := range []struct {
		name, text, want string
		options          *jsonitems.Options
	}{
		{"documents", "{\"a\":1}\n[2]\n\"x\"\n3\n", `1:{"a":1} 2:[2] 3:"x" 4:3`, nil},
		{"without an end of line", "1\n{}", `1:1 2:{}`, nil},
		{"empty lines and carriage returns", "\r\n 1\r\n\r\n\t2 \r\n", `2:1 4:2`, nil},
		{"nothing", "", "", nil},
		{"a mark", "\ufeff1\n", "<odd-coding> 1:1", nil},
		{"two on a line", "{}{}\n1\n", `1:{}{}<bad-json> 2:1`, nil},
		{"half a document", "{\"a\":\n1\n", `1:{"a":<bad-json> 2:1`, nil},
		{"cut off", "1\n{\"a\":", `1:1 2:<truncated>`, nil},
		{"no JSON", "hello\n1\n", `1:hello<bad-json> 2:1`, nil},
		{"too large", "\"0123456789a\"\n1\n", `1:<too-large> 2:1`, small},
		{"too deep", "[[[[]]]]\n1\n", `1:<too-deep> 2:1`, small},
		{"invalid UTF-8", "\"\xff\"\n", "1:\"\uFFFD\"<bad-text>", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(c.text), iotest.OneByteReader(strings.NewReader(c.text))} {
				var all []string
				for e, err := range jsonitems.Lines(r, c.options) {
					require.NoError(t, err)
					all = append(all, line(e))
				}
				assert.Equal(t, c.want, strings.Join(all, " "))
			}
		})
	}
}
