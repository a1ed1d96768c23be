package fediverse_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/fediverse"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/portabilitytest"
	"codeberg.org/godwit/godwit/vocab"
)

const elsewhere = "https://elsewhere.example/users/al"

// brought is what an account had elsewhere.
func brought(t *testing.T) *portability.Memory {
	m := portability.NewMemory(nil)
	item := func(k portability.Kind, id, members string, media ...portability.Medium) portability.Item {
		o, err := vocab.Parse([]byte(`{"id":"` + id + `"` + members + `}`))
		require.NoError(t, err)
		return portability.Item{Ref: portability.Ref{Kind: k, ID: id}, Object: o, Media: media}
	}
	picture := portability.Medium{URL: "https://elsewhere.example/1.png", Path: "1.png", Size: -1}
	_, err := m.PutMedia(t.Context(), picture, strings.NewReader("\x89PNG\r\n\x1a\n and more"))
	require.NoError(t, err)
	const mine = `,"type":"Note","attributedTo":"` + elsewhere + `"`
	_, err = m.Put(t.Context(), []portability.Item{
		item(portability.Actor, elsewhere, `,"type":"Person","followers":"`+elsewhere+`/followers"`),
		item(portability.Content, elsewhere+"/1", mine+`,"to":"as:Public","content":"<p>hi</p>","attachment":[{"type":"Image","url":"https://elsewhere.example/1.png"}]`, picture),
		item(portability.Content, elsewhere+"/2", mine+`,"to":"`+elsewhere+`/followers","content":"canary","inReplyTo":"`+elsewhere+`/1","bcc":"https://b.example/bob"`),
		item(portability.Liked, "https://b.example/9", ``),
	})
	require.NoError(t, err)
	return m
}

func shelved(t *testing.T) (*fediverse.Host, *fediverse.Shelf) {
	host := start(t, 1)[0]
	create(t, host, "al")
	shelf, err := host.Shelf(t.Context(), "al", portability.Readership{Actor: elsewhere, Followers: elsewhere + "/followers"})
	require.NoError(t, err)
	_, err = portability.Copy(t.Context(), brought(t), shelf, nil)
	require.NoError(t, err)
	return host, shelf
}

func TestShelfIsASource(t *testing.T) {
	_, shelf := shelved(t)
	want := portabilitytest.Want{
		Items: map[portability.Kind]int{portability.Actor: 1, portability.Content: 2, portability.Liked: 1},
		Files: 1,
	}
	portabilitytest.TestSource(t, func(*testing.T) portability.Source { return shelf }, want)
}

func TestWhatIsBroughtIsTheAccountsOwn(t *testing.T) {
	_, shelf := shelved(t)
	var posts []portability.Item
	for item, err := range shelf.Items(t.Context(), portability.Content, "") {
		require.NoError(t, err)
		posts = append(posts, item)
	}
	require.Len(t, posts, 2)
	me, err := shelf.Actor(t.Context())
	require.NoError(t, err)
	for _, post := range posts {
		assert.Equal(t, me.ID(), post.Object.IRI(vocab.AttributedTo))
		assert.True(t, strings.HasPrefix(post.ID, string(me.ID())+"/posts/"), "%s is an id of this server", post.ID)
		assert.NotContains(t, string(post.Object.Bytes()), "bcc")
	}
	assert.Equal(t, vocab.IRI(posts[0].ID), posts[1].Object.IRI(vocab.InReplyTo), "the thread holds")
	assert.Equal(t, []vocab.IRI{me.ID() + "/followers"}, posts[1].Object.IRIs(vocab.To))

	again, err := portability.Copy(t.Context(), brought(t), shelf, nil)
	require.NoError(t, err)
	assert.EqualValues(t, 2, again.Count(portability.Content, portability.Skipped), "a second time changes nothing")
	assert.True(t, again.Whole())
}

// What is stored is the object alone; it must not be for more than it was together with
// its activity.
func TestActivitiesThatAreForFewerCount(t *testing.T) {
	host, shelf := shelved(t)
	for situation, to := range map[string]string{
		"followers": `"to":"` + elsewhere + `/followers"`, "hidden people": `"bto":"https://b.example/bob"`,
	} {
		object, err := vocab.Parse([]byte(`{"id":"` + elsewhere + "/" + situation[:6] + `","type":"Note","attributedTo":"` + elsewhere + `","to":"as:Public","audience":"as:Public"}`))
		require.NoError(t, err)
		activity, err := vocab.Parse([]byte(`{"type":"Create",` + to + `}`))
		require.NoError(t, err)
		_, err = shelf.Put(t.Context(), []portability.Item{{Ref: portability.Ref{Kind: portability.Content, ID: string(object.ID())}, Object: object, Activity: activity}})
		require.NoError(t, err, situation)
	}
	public, err := host.Posts(t.Context(), "al")
	require.NoError(t, err)
	assert.Len(t, public, 1, "none of them")
	me, err := shelf.Actor(t.Context())
	require.NoError(t, err)
	var here []portability.Audience
	for item, err := range shelf.Items(t.Context(), portability.Content, "") {
		require.NoError(t, err)
		audience, _ := portability.ReadershipOf(me).AudienceOf(item)
		here = append(here, audience)
	}
	assert.ElementsMatch(t, []portability.Audience{portability.ForPublic, portability.ForFollowers, portability.ForFollowers, portability.ForAuthor}, here)
}

func TestStrangersSeePublicPostsAndTheirFiles(t *testing.T) {
	host, shelf := shelved(t)
	public, err := host.Posts(t.Context(), "al")
	require.NoError(t, err)
	require.Len(t, public, 1)
	status, body := get(t, string(public[0]))
	require.Equal(t, http.StatusOK, status)
	post, err := vocab.Parse([]byte(body))
	require.NoError(t, err)
	status, file := get(t, string(post.Children(vocab.Attachment)[0].IRI(vocab.URL)))
	assert.Equal(t, http.StatusOK, status)
	assert.True(t, strings.HasPrefix(file, "\x89PNG"))
	for item, err := range shelf.Items(t.Context(), portability.Content, "") {
		require.NoError(t, err)
		status, body := get(t, item.ID)
		if item.ID == string(public[0]) {
			continue
		}
		assert.Equal(t, http.StatusNotFound, status, "%s is for followers", item.ID)
		assert.NotContains(t, body, "canary")
	}
}

func get(t *testing.T, url string) (int, string) {
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(body)
}
