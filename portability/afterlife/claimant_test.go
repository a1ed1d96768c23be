package afterlife_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/afterlife"
	"codeberg.org/godwit/godwit/vocab"
)

// Whichever of the two comes first.
func TestAnArchiveThatNamesPostsOfOthersAsItsOwn(t *testing.T) {
	evil := newShelf(t, old+"/users/evil", "evil")
	o := actorOf(old+"/users/evil", "evil")
	o["inbox"], o["followers"], o["url"] = status(1), status(2), status(3)
	evil.actor = document(t, o)
	orders := map[string][]afterlife.Account{
		"it comes last":  {account(aShelf(t)), account(evil)},
		"it comes first": {account(evil), account(aShelf(t))},
	}
	for name, accounts := range orders {
		t.Run(name, func(t *testing.T) {
			door, report := built(t, doorPath(t), nil, accounts...)
			assert.Positive(t, report.LeftOut[afterlife.Taken], "the conflict is told")
			h := afterlife.Handler(door, nil, nil)
			for i := 1; i <= 3; i++ {
				a := ask(t, h, status(i), forActivity)
				assert.Equal(t, 200, a.status, status(i))
				assert.Contains(t, string(a.body), fmt.Sprintf("text of %d", i))
			}
		})
	}
}

// On servers of one kind the posts of all stand under "/objects", or "/notes"; and an
// archive can say that its account is called so, or stands there.
func TestAnAccountThatIsCalledAsAFolderOfEverybodys(t *testing.T) {
	for place, theirs := range map[string]string{
		"/objects/1": "/users/objects", "/notes/1": "/users/notes", "/media/1": "/users/media", "/notice/1": "/users/notice",
		"/activities/1": "/@activities", "/web/statuses/1": "/users/web", "/p/alice/1": "/users/p", "/statuses/1": "/@statuses",
		"/objects/2": "/objects", "/system/media_attachments/files/1": "/system/media_attachments", "/tags/1": "/tags",
	} {
		for _, order := range []string{"first", "last"} {
			t.Run(theirs+" has "+place+" and comes "+order, func(t *testing.T) {
				real, evil, at := newShelf(t, alice, "alice"), newShelf(t, vocab.IRI(old+theirs), "evil"), old+place
				for _, s := range []*shelf{real, evil} {
					post := note(at, public)
					post["attributedTo"] = s.actor.ID()
					s.add(portability.Content, post)
				}
				accounts, wanted := []afterlife.Account{account(real), account(evil)}, real
				if order == "first" {
					slices.Reverse(accounts)
					wanted = evil // nothing but the order tells the two apart
				}
				door, report := built(t, doorPath(t), nil, accounts...)
				assert.Positive(t, report.LeftOut[afterlife.Taken], "the conflict is told")
				a := ask(t, afterlife.Handler(door, nil, nil), at, forActivity)
				assert.Equal(t, 200, a.status)
				assert.Contains(t, string(a.body), `"`+string(wanted.actor.ID())+`"`)
			})
		}
	}
}

func TestAnAccountThatStandsWhereThePageOfAnotherIs(t *testing.T) {
	evil := newShelf(t, old+"/@alice", "evil")
	door, _ := built(t, doorPath(t), nil, account(evil), account(aShelf(t)))
	a := ask(t, afterlife.Handler(door, nil, nil), string(alice), forActivity)
	assert.Contains(t, string(a.body), `"id":"`+string(alice)+`"`, "her id is her own, though it follows from the other's")
}

func TestAnAccountThatStandsWhereThePostOfAnotherIs(t *testing.T) {
	at := old + "/objects/1"
	real, evil := newShelf(t, alice, "alice"), newShelf(t, vocab.IRI(at), "evil")
	real.add(portability.Content, note(at, public))
	door, report := built(t, doorPath(t), nil, account(real), account(evil))
	assert.Positive(t, report.LeftOut[afterlife.Taken], "the conflict is told")
	a := ask(t, afterlife.Handler(door, nil, nil), at, forActivity)
	assert.Contains(t, string(a.body), `"attributedTo":"`+string(alice)+`"`)
}

func TestAnArchiveThatCallsItselfByTheNameOfAnother(t *testing.T) {
	evil := newShelf(t, old+"/users/evil", "evil")
	evil.actor = document(t, actorOf(old+"/users/evil", "alice"))
	door, report := built(t, doorPath(t), nil,
		afterlife.Account{Source: evil, MovedTo: "https://evil.example/users/evil"},
		afterlife.Account{Source: aShelf(t), MovedTo: there})
	assert.Equal(t, []afterlife.LostName{{Account: old + "/users/evil", Name: "alice@old.example", Holder: alice}}, report.LostNames)
	h := afterlife.Handler(door, nil, nil)
	assert.Contains(t, string(ask(t, h, old+"/.well-known/webfinger?resource=acct:alice@old.example", "").body), `"`+string(alice)+`"`)
	assert.Equal(t, string(there), ask(t, h, old+"/@alice", forPage).location, "her page leads where she went")
}

// Ids that say nothing of names, as some software has them: who was given first has it.
func TestBuildSaysWhoLosesTheirName(t *testing.T) {
	of := func(id, name string) afterlife.Account {
		s := newShelf(t, vocab.IRI(old+"/ap/"+id), name)
		return account(s)
	}
	path := doorPath(t)
	door, report := built(t, path, nil, of("9f3a", "Kim"), of("0c1d", "kim"), of("77aa", "kim"), of("5b5b", "lee"), of("6c6c", "lee"))
	assert.Equal(t, []afterlife.LostName{
		{Account: old + "/ap/0c1d", Name: "kim@old.example", Holder: old + "/ap/9f3a"},
		{Account: old + "/ap/77aa", Name: "kim@old.example", Holder: old + "/ap/9f3a"},
		{Account: old + "/ap/6c6c", Name: "lee@old.example", Holder: old + "/ap/5b5b"},
	}, report.LostNames, "each is told of, with who has the name")
	h := afterlife.Handler(door, nil, nil)
	for name, holder := range map[string]string{"kim": "/ap/9f3a", "lee": "/ap/5b5b"} {
		finger := string(ask(t, h, old+"/.well-known/webfinger?resource=acct:"+name+"@old.example", "").body)
		assert.Contains(t, finger, `"`+old+holder+`"`, name)
	}
	for _, id := range []string{"/ap/0c1d", "/ap/77aa", "/ap/6c6c"} {
		assert.Equal(t, 200, ask(t, h, old+id, forActivity).status, "%s is found by its id", id)
	}
	_, report = built(t, path, nil, of("9f3a", "kim"), of("5b5b", "lee"))
	assert.Empty(t, report.LostNames, "nobody lost a name")
}

func TestForgettingAnAccountThatShowsOneFileInVeryManyPosts(t *testing.T) {
	s := newShelf(t, alice, "alice")
	s.files["one.png"] = png
	one := portability.Medium{URL: "https://old.example/system/one.png", Path: "one.png", Size: -1}
	post := func(n int) string { return fmt.Sprintf(old+"/x/%d", n) } // of which no software makes thirty addresses
	for i := range 4200 {
		s.add(portability.Content, note(post(i), public), one)
	}
	path := doorPath(t)
	door, _ := built(t, path, nil, account(s))
	forgotten := tombstones(t, afterlife.TombstonesPath(path))
	require.NoError(t, forgotten.Forget(door, vocab.IRI(post(1))))
	h := afterlife.Handler(door, forgotten, nil)
	assert.Equal(t, 410, ask(t, h, post(1), "").status)
	assert.Equal(t, 200, ask(t, h, whole("/system/one.png"), "").status, "other posts show it")
	require.NoError(t, forgotten.Forget(door, alice))
	assert.Equal(t, 410, ask(t, h, whole("/system/one.png"), "").status, "nothing shows it any more")
	rebuilt, _ := built(t, path, &afterlife.Options{Tombstones: forgotten}, account(s))
	assert.Equal(t, 410, ask(t, afterlife.Handler(rebuilt, forgotten, nil), whole("/system/one.png"), "").status, "nor after it was built anew")
}

func TestAnAccountInsideOfAnotherIsRefused(t *testing.T) {
	for _, odd := range []string{old + "/users", string(alice) + "/statuses/1"} {
		for name, order := range map[string][]string{"first": {odd, string(alice)}, "last": {old + "/users/alice-b", string(alice), odd}} {
			var accounts []afterlife.Account
			for _, id := range order {
				accounts = append(accounts, account(newShelf(t, vocab.IRI(id), "somebody")))
			}
			_, err := afterlife.Build(t.Context(), doorPath(t), each(accounts...), nil)
			nested, ok := errors.AsType[*afterlife.NestedError](err)
			require.True(t, ok, "%s given %s: %v", odd, name, err)
			assert.Contains(t, []string{string(nested.Inner), string(nested.Outer)}, odd)
			assert.NotEmpty(t, nested.Hint())
		}
	}
}
