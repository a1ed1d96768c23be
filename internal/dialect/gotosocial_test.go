package dialect_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/dialect"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/portabilitytest"
)

// record fills in what every record has.
func record(typ, id, more string) string {
	return `{"type":"` + typ + `","id":"` + id + `","createdAt":"2022-05-20T11:09:18Z",` + more + "}\n"
}

func localAccount(id, name string) string {
	uri := "https://gts.example/users/" + name
	return record("account", id, `"username":"`+name+`","displayName":"The `+name+`","note":"<p>hi</p>","memorial":false,"locked":true,"discoverable":true,`+
		`"privacy":"unlocked","language":"en","sensitive":true,"uri":"`+uri+`","url":"https://gts.example/@`+name+`","inboxURI":"`+uri+`/inbox","outboxURI":"`+uri+`/outbox",`+
		`"followingUri":"`+uri+`/following","followersUri":"`+uri+`/followers","featuredCollectionUri":"`+uri+`/collections/featured","actorType":"Person",`+
		`"privateKey":"-----BEGIN RSA PRIVATE KEY-----SECRET","publicKey":"-----BEGIN RSA PUBLIC KEY-----","publicKeyUri":"`+uri+`/main-key"`)
}

func remoteAccount(id, uri string) string {
	return record("account", id, `"username":"x","domain":"far.example","uri":"`+uri+`"`)
}

func between(typ, id, from, to string) string {
	return record(typ, id, `"uri":"https://gts.example/`+id+`","accountId":"`+from+`","targetAccountId":"`+to+`"`)
}

// gtsExport is in the order in which GoToSocial writes: relations before the
// accounts that they are with.
func gtsExport(more ...string) string {
	return localAccount("01A", "alice") +
		record("account", "01I", `"username":"gts.example","uri":"https://gts.example/users/gts.example"`) +
		between("block", "b1", "01A", "02E") + between("block", "b2", "02D", "01A") +
		remoteAccount("02E", "https://far.example/users/eve") + remoteAccount("02D", "https://far.example/users/dan") +
		between("follow", "f1", "01A", "02B") + between("follow", "f2", "02D", "01A") + between("follow", "f3", "01A", "99Z") +
		remoteAccount("02B", "https://far.example/users/bob") +
		between("followRequest", "r1", "02E", "01A") + between("followRequest", "r2", "01A", "02C") +
		remoteAccount("02C", "https://far.example/users/carol") +
		record("domainBlock", "d1", `"domain":"spam.example","createdByAccountID":"01A"`) +
		record("user", "u1", `"email":"alice@mail.example","accountID":"01A","encryptedPassword":"HASH","confirmationToken":"TOKEN","locale":"en"`) +
		record("instance", "i1", `"domain":"gts.example","uri":"https://gts.example"`) +
		strings.Join(more, "")
}

func TestGoToSocial(t *testing.T) {
	data := []byte(gtsExport())
	a := openAs(t, "gotosocial", nil, data)
	want := map[string]int{"actor": 1, "blocked": 1, "following": 2, "followers": 1, "pending": 2, "preferences": 1, "unknown": 1}
	assert.Equal(t, want, counted(t, a))
	assert.Equal(t, []string{"bob", "account 99Z"}, idsOf(itemsOf(t, a, portability.Following)))
	assert.Equal(t, []string{"dan"}, idsOf(itemsOf(t, a, portability.Followers)))
	assert.Equal(t, []string{"eve"}, idsOf(itemsOf(t, a, portability.Blocked)))
	pending := itemsOf(t, a, portability.Pending)
	assert.Equal(t, "in", pending[0].Object.Text("direction"))
	assert.Equal(t, "out", pending[1].Object.Text("direction"))
	lost := itemsOf(t, a, portability.Following)[1]
	assert.Equal(t, portability.NoID, lost.Problems[0].Reason, "an account whose record is not there")
	assert.NotEmpty(t, lost.Raw, "what is known of it is kept")

	doc := a.Doc
	assert.Equal(t, "https://gts.example/users/alice", doc.ID().String())
	assert.Equal(t, "alice", doc.Text("preferredUsername"))
	assert.Equal(t, "https://gts.example/users/alice/followers", string(a.Owner.Followers))
	assert.True(t, doc.Bool("manuallyApprovesFollowers"))
	assert.Equal(t, "unlisted", itemsOf(t, a, portability.Preferences)[0].Object.Text("audience"))
	suite(t, nil, data, portabilitytest.Want{Items: kindsOf(want)})
}

func TestGoToSocialSecrets(t *testing.T) {
	a := openAs(t, "gotosocial", nil, []byte(gtsExport()))
	for _, k := range portability.Kinds() {
		for _, item := range itemsOf(t, a, k) {
			text := string(item.Raw)
			if item.Object != nil {
				text += item.Object.String()
			}
			for _, secret := range []string{"SECRET", "HASH", "TOKEN"} {
				assert.NotContains(t, text, secret, "%s", k)
			}
		}
	}
	assert.NotEmpty(t, oddOf(a, dialect.SecretInside), "it is said that there are some")
	user := itemsOf(t, a, portability.Unknown)[0]
	assert.Contains(t, string(user.Raw), "alice@mail.example", "the rest is the person's")
	assert.Equal(t, portability.SecretWithheld, user.Problems[0].Reason)
}

func TestGoToSocialManyAccounts(t *testing.T) {
	data := []byte(gtsExport(localAccount("01M", "mallory"), between("follow", "f9", "01M", "02B")))
	_, err := openExport(t, nil, data)
	refusal := &dialect.Refusal{}
	require.ErrorAs(t, err, &refusal)
	assert.Equal(t, dialect.ManyAccounts, refusal.Reason)
	assert.ErrorContains(t, err, "2 accounts: name the account")
	_, err = openExport(t, &dialect.Options{Handle: "nobody"}, data)
	require.ErrorAs(t, err, &refusal)
	for _, handle := range []string{"mallory", "@Mallory@gts.example"} {
		a := openAs(t, "gotosocial", &dialect.Options{Handle: handle}, data)
		assert.Equal(t, "https://gts.example/users/mallory", a.Doc.ID().String(), "%s", handle)
		assert.Equal(t, map[string]int{"actor": 1, "following": 1, "preferences": 1}, counted(t, a), "nothing of alice's")
		assert.NotEmpty(t, oddOf(a, dialect.ForeignRecord))
	}
}

func TestGoToSocialDamaged(t *testing.T) {
	text := strings.Replace(gtsExport(), between("follow", "f1", "01A", "02B"), "{\"type\":\"follow\", oops\n", 1)
	a := openAs(t, "gotosocial", nil, []byte(text+`{"type":"foll`))
	assert.Equal(t, []string{"account 99Z"}, idsOf(itemsOf(t, a, portability.Following)), "the others are read")
	assert.NotEmpty(t, oddOf(a, dialect.RowUnusable))
	_, err := openExport(t, nil, []byte(`{"type":"note","id":"x","createdAt":"x"}`+"\n"))
	assert.ErrorIs(t, err, dialect.ErrUnknown, "another file of records")
}
