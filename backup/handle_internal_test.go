package backup

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/vocab"
)

func TestHandleOf(t *testing.T) {
	for _, c := range []struct{ name, document, want string }{
		{"a name alone", `{"id":"acct:alice@example.org"}`, "alice@example.org"},
		{"a name with escapes", `{"id":"acct:a%2Eb@example.org"}`, "a.b@example.org"},
		{"a name on a port", `{"id":"acct:alice@localhost:8080"}`, "alice@localhost:8080"},
		{"a name that says a path", `{"id":"acct:alice@example.org/x"}`, ""},
		{"two at signs", `{"id":"acct:alice@bob@example.org"}`, ""},
		{"webfinger is believed before the id", `{"id":"https://social.example/users/a","webfinger":"alice@example.org"}`, "alice@example.org"},
		{"webfinger as a URI", `{"id":"https://social.example/users/a","webfinger":"acct:alice@example.org"}`, "alice@example.org"},
		{"webfinger that is none", `{"id":"https://social.example/users/a","webfinger":"alice"}`, "a@social.example"},
		{"a whole actor", `{"id":"https://social.example/ap/users/116","preferredUsername":"alice"}`, "alice@social.example"},
		{"a user's name with spaces", `{"id":"https://social.example/x","preferredUsername":"a b"}`, ""},
		{"Mastodon", `{"id":"https://social.example/users/alice"}`, "alice@social.example"},
		{"with a slash behind", `{"id":"https://social.example/users/alice/"}`, "alice@social.example"},
		{"a page", `{"id":"https://social.example/@alice"}`, "alice@social.example"},
		{"Lemmy", `{"id":"https://lemmy.example/u/alice"}`, "alice@lemmy.example"},
		{"Friendica", `{"id":"https://friendica.example/profile/alice"}`, "alice@friendica.example"},
		{"Mastodon's numbers", `{"id":"https://social.example/ap/users/116000000000000000"}`, ""},
		{"Misskey's ids", `{"id":"https://misskey.example/users/9a3lzfsvmf"}`, ""},
		{"Misskey's longer ids", `{"id":"https://misskey.example/users/9t5m9k1b2c3d4e5f"}`, ""},
		{"a UUID", `{"id":"https://x.example/users/0198a4de-8f0e-7d6a-b111-2f3c4d5e6f70"}`, ""},
		{"a name with ten letters", `{"id":"https://social.example/users/annemarieb"}`, "annemarieb@social.example"},
		{"a page of a post", `{"id":"https://social.example/@alice/1"}`, ""},
		{"the page of another server's user", `{"id":"https://social.example/@bob@other.example"}`, ""},
		{"a query", `{"id":"https://blog.example/?author=1"}`, ""},
		{"something else", `{"id":"https://social.example/things/alice"}`, ""},
		{"no URL", `{"id":"urn:alice"}`, ""},
		{"no id", `{}`, ""},
	} {
		doc, err := vocab.Parse([]byte(c.document))
		require.NoError(t, err, c.name)
		assert.Equal(t, c.want, handleOf(doc), c.name)
	}
	assert.Empty(t, handleOf(nil), "no document")
}
