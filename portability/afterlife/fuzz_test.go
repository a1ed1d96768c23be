package afterlife_test

import (
	"bytes"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"codeberg.org/godwit/godwit/portability/afterlife"
	"codeberg.org/godwit/godwit/vocab"
)

// FuzzRules holds generated configuration to one line that no text can leave.
func FuzzRules(f *testing.F) {
	for path := range hostilePaths {
		f.Add(path, "https://new.example/1")
	}
	for _, target := range hostileTargets {
		f.Add("/p/1", string(target))
	}
	f.Fuzz(func(t *testing.T, path, target string) {
		says := [3]string{"301 " + target, "200 /.godwit/a/x", "410"}
		lines := map[string]string{
			"nginx": afterlife.Line("old.example"+path, path, says), "caddy": afterlife.CaddyLine("old.example", path, says), "plain": afterlife.PlainLine(path, target),
		}
		for name, line := range lines {
			if strings.ContainsAny(line, "\r\n\x00") {
				t.Errorf("%s: the rule is not one line: %q", name, line)
			}
		}
		if line := lines["nginx"]; line != "" && strings.Count(strings.NewReplacer(`\\`, "", `\"`, "").Replace(line), `"`) != 4 {
			t.Errorf("nginx reads other words: %q", line)
		}
		if line := lines["caddy"]; strings.ContainsAny(line, "{}\\`$") {
			t.Errorf("caddy reads placeholders: %q", line)
		}
		if words := strings.Fields(lines["plain"]); len(words) != 0 && len(words) != 3 {
			t.Errorf("_redirects has other words: %q", lines["plain"])
		}
	})
}

func FuzzRecord(f *testing.F) {
	f.Add(afterlife.ARecord())
	f.Add(afterlife.ARecord()[:20])
	f.Add([]byte{})
	f.Add(afterlife.AForgedRecord(""))
	f.Add(afterlife.AForgedRecord("../../../etc/passwd"))
	f.Fuzz(func(t *testing.T, data []byte) {
		written, err := afterlife.ReadRecord(data)
		if err != nil {
			return
		}
		again, err := afterlife.ReadRecord(written)
		if err != nil || !bytes.Equal(written, again) {
			t.Errorf("a record that was read and written is another: %v", err)
		}
	})
}

// FuzzClean holds that nothing secret comes through, and that what is left is a
// document with the same id.
func FuzzClean(f *testing.F) {
	for _, text := range []string{
		`{"id":"https://old.example/1","bto":"x","https://www.w3.org/ns/activitystreams#bcc":["y"],"a":{"as:bto":1}}`,
		`{"id":"https://old.example/1","inReplyTo":"https://old.example/private","tag":[{"href":"https://old.example/private"},"https://old.example/private#x"]}`,
		`{"id":"https://old.example/1","object":{"attributedTo":"https://else.example/","content":"theirs"},"replies":{"id":"r","items":["https://old.example/private"]}}`,
		`{"id":"https://old.example/1","attachment":[[{"bto":[]}],null,1.50,{"url":"a.png"},{"url":"/media_attachments/x.png"}]}`,
	} {
		f.Add(text)
	}
	const private = vocab.IRI("https://old.example/private")
	f.Fuzz(func(t *testing.T, text string) {
		o, err := vocab.Parse([]byte(text))
		if err != nil {
			return
		}
		out, err := afterlife.Clean(o, alice, map[vocab.IRI]bool{private: true})
		if err != nil {
			return
		}
		if !o.ID().IsHTTP() || o.ID() == private {
			return
		}
		if out.ID() != o.ID() {
			t.Errorf("the id changed from %q to %q", o.ID(), out.ID())
		}
		for _, p := range []vocab.Property{vocab.Bto, vocab.Bcc} {
			if out.Has(p) {
				t.Errorf("%s is still there: %s", p, out)
			}
		}
		for _, p := range []vocab.Property{vocab.InReplyTo, vocab.Tag, vocab.Attachment} {
			for _, id := range out.IRIs(p) {
				if id.Document() == private {
					t.Errorf("%s names what is private: %s", p, out)
				}
			}
		}
	})
}

// FuzzAddress holds that an address leads back to itself.
func FuzzAddress(f *testing.F) {
	for path := range hostilePaths {
		f.Add(old + (&url.URL{Path: path}).EscapedPath())
	}
	f.Add("https://old.example/?p=1")
	f.Fuzz(func(t *testing.T, text string) {
		u, ok := afterlife.Sayable(vocab.IRI(text))
		if !ok {
			return
		}
		again, ok := afterlife.Sayable(u)
		if !ok || again != u {
			t.Errorf("%q is the address %q, and that is %q", text, u, again)
		}
	})
}

func TestCleanLeavesTheRestAsItWas(t *testing.T) {
	const text = `{ "id":"https://old.example/1", "x": [1.50, null, {"y":[]}], "content":"a\u00e9" }`
	o, err := vocab.Parse([]byte(text))
	assert.NoError(t, err)
	out, err := afterlife.Clean(o, alice, nil)
	assert.NoError(t, err)
	assert.Equal(t, text, out.String(), "nothing is to be cut: every byte stays")
}
