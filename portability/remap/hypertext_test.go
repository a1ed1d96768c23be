package remap_test

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"codeberg.org/godwit/godwit/portability/remap"
	"codeberg.org/godwit/godwit/vocab"
)

func TestObject_hypertext(t *testing.T) {
	for name, c := range map[string]struct{ from, to string }{
		"as Mastodon writes a mention": {
			`<p><span class="h-card"><a href="https://old.example/@alice" class="u-url mention">@<span>alice</span></a></span> &amp; you</p>`,
			`<p><span class="h-card"><a href="https://new.example/@a" class="u-url mention">@<span>alice</span></a></span> &amp; you</p>`},
		"a quote for those who do not know quotes": {
			`<span class="quote-inline"><br/>RE: <a href="https://old.example/@alice/1">https://old.example/@alice/1</a></span>`,
			`<span class="quote-inline"><br/>RE: <a href="https://new.example/@a/1">https://old.example/@alice/1</a></span>`},
		"other quotes, letters and white space": {
			"<A\n Target=x HREF = 'https://old.example/@alice/1'\t>x</A >",
			"<A\n Target=x HREF = 'https://new.example/@a/1'\t>x</A >"},
		"no quotes": {
			`<a href=https://old.example/@alice/1 rel=me>x</a><a rel=me href=https://old.example/@alice>`,
			`<a href="https://new.example/@a/1" rel=me>x</a><a rel=me href="https://new.example/@a">`},
		"references to characters": {
			`<a href="https&#58;//old.example/&commat;alice/1">&eacute;</a>`,
			`<a href="https://new.example/@a/1">&eacute;</a>`},
		"white space around the address": {
			`<a href=" https://old.example/@alice/1 ">x</a>`,
			`<a href="https://new.example/@a/1">x</a>`},
		"pictures": {
			`<img src="https://old.example/media/cat.png" alt="https://old.example/media/cat.png"/>`,
			`<img src="https://new.example/files/cat.png" alt="https://old.example/media/cat.png"/>`},
		"the first of two counts": {
			`<a href="x:1" href="https://old.example/@alice/1">x</a><a href="https://old.example/@alice/1" href="https://old.example/@alice">`,
			`<a href="x:1" href="https://old.example/@alice/1">x</a><a href="https://new.example/@a/1" href="https://old.example/@alice">`},
		"other attributes and elements": {
			`<a title="https://old.example/@alice/1" data-href="https://old.example/@alice/1" xhref="https://old.example/@alice/1">x</a><b href="https://old.example/@alice/1"><p cite="https://old.example/@alice/1">`, ""},
		"what is no tag": {
			`<!-- <a href="https://old.example/@alice/1"> --><textarea><a href="https://old.example/@alice/1"></textarea>< a href="https://old.example/@alice/1">`, ""},
		"script and style": {
			`<script>"<a href='https://old.example/@alice/1'>"</script><style><a href="https://old.example/@alice/1"></style>`, ""},
		"a tag that never ends":        {`<p>x<a href="https://old.example/@alice/1`, ""},
		"a closing tag":                {`</a href="https://old.example/@alice/1">`, ""},
		"an attribute without a value": {`<a href>https://old.example/@alice/1</a><a href=>`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			want := c.to
			if want == "" {
				want = c.from
			}
			for how, escape := range map[string]func(string) string{"plain": plainly, "as Ruby escapes": asRuby, "every character": everyCharacter} {
				text := `{"content":"` + escape("é\U0001F426"+c.from+"\U0001F426") + `"}`
				o := parse(t, led(t, text, nil))
				read, err := remap.Read(parse(t, text)).Lead(names, nil)
				require.NoError(t, err)
				assert.Equal(t, o.String(), read.String(), how)
				assert.Equal(t, "é\U0001F426"+want+"\U0001F426", o.Text(vocab.Content), how)
				if c.to == "" {
					assert.Equal(t, text, o.String(), how)
				}
			}
		})
	}
}

func TestObject_hypertextKeepsBytes(t *testing.T) {
	const text = `{"content":"\u003cp\u003e\u00e9 \ud83d\udc26 \/ \u003ca href=\"https:\/\/old.example\/@alice\/1\"\u003e\n\t\u0026amp;\u003c/a\u003e \u003ca href='x:y'\u003e","z":"\/"}`
	const want = `{"content":"\u003cp\u003e\u00e9 \ud83d\udc26 \/ \u003ca href=\"https://new.example/@a/1\"\u003e\n\t\u0026amp;\u003c/a\u003e \u003ca href='x:y'\u003e","z":"\/"}`
	assert.Equal(t, want, led(t, text, nil))
}

func TestObject_hypertextEscapes(t *testing.T) {
	o, err := remap.Object(parse(t, `{"content":"<a href=\"x:1\">'</a><a href='x:1'><a href=x:1>"}`), func(vocab.IRI) (remap.Place, bool) {
		return remap.Place{URL: `https://new.example/?a=1&b="'<>` + "\u2028\\"}, true
	}, nil)
	require.NoError(t, err)
	z := html.NewTokenizer(strings.NewReader(o.Text(vocab.Content)))
	links := 0
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		if token := z.Token(); token.Data == "a" && kind == html.StartTagToken {
			links++
			require.Len(t, token.Attr, 1, "no attribute escapes from the address")
			assert.Equal(t, `https://new.example/?a=1&b="'<>`+"\u2028\\", token.Attr[0].Val)
		}
	}
	assert.Equal(t, 3, links)
}

func plainly(s string) string {
	quoted, _ := jsontext.AppendQuote(nil, s)
	return string(quoted[1 : len(quoted)-1])
}

func asRuby(s string) string {
	return strings.NewReplacer("<", `\u003c`, ">", `\u003e`, "&", `\u0026`, "/", `\/`).Replace(plainly(s))
}

func everyCharacter(s string) string {
	const digits = "0123456789ABCdef"
	var b strings.Builder
	for _, unit := range utf16Of(s) {
		b.WriteString(`\u`)
		for shift := 12; shift >= 0; shift -= 4 {
			b.WriteByte(digits[unit>>shift&15])
		}
	}
	return b.String()
}

// FuzzHypertext holds that nothing but addresses changes: put back, they give the same
// bytes, and a reader sees the same text, elements and other attributes.
func FuzzHypertext(f *testing.F) {
	for _, seed := range []string{
		`<p>x <a href="https://old.example/@alice/1" rel=me>y</a></p>`, `<a href=https://old.example/@alice/1>`,
		`<a/href='https://old.example/@alice/1'/>`, `<a =href="x" href="https://old.example/@alice/1"">`,
		"<a href=\r\nhttps://old.example/@alice/1\r\n>", `<a x="<a href=https://old.example/@alice/1>">`, `<img src=https://old.example/media/cat.png<a>`,
		`<title><a href="https://old.example/@alice/1">`, `<a href="&#x68;ttps://old.example/@alice/1">`, "<a\x00href=\"https://old.example/@alice/1\">",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		quoted, err := jsontext.AppendQuote(nil, text)
		if err != nil {
			t.Skip("not UTF-8")
		}
		o, err := vocab.Parse([]byte(`{"content":` + string(quoted) + `}`))
		if err != nil {
			t.Skip("not a document")
		}
		led, err := remap.Object(o, names, nil)
		require.NoError(t, err)
		assert.Equal(t, seen(text, true), seen(led.Text(vocab.Content), false))
	})
}

// seen is what a reader of HTML sees, with addresses led elsewhere if lead says so.
func seen(text string, lead bool) []string {
	var all []string
	for z := html.NewTokenizer(strings.NewReader(text)); ; {
		kind := z.Next()
		if kind == html.ErrorToken {
			return all
		}
		token := z.Token()
		done := false
		for i, a := range token.Attr {
			link := a.Key == "href" && token.Data == "a" || a.Key == "src" && strings.Contains(" img audio video source ", " "+token.Data+" ")
			if !lead || !link || done || kind == html.EndTagToken {
				continue
			}
			done = true
			if p, found := places[vocab.IRI(strings.Trim(a.Val, " \t\n\f\r"))]; found {
				token.Attr[i].Val = string(p.URL)
			}
		}
		all = append(all, token.String())
	}
}
