package portability_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

func TestPlace_audience(t *testing.T) {
	const public, followers, bob = `"` + placePublic + `"`, `"` + placeFollowers + `"`, `"https://b.example/users/bob"`
	const mention = `,"tag":[{"type":"Mention","href":` + bob + `}]`
	chosen := portability.JobOptions{FollowersOnly: true, ByHand: true}
	for name, c := range map[string]struct {
		object, activity string
		options          portability.JobOptions
		kind             portability.Kind
		want             portability.Audience
	}{
		"public":                {object: `"to":` + public, want: portability.ForPublic},
		"public in other words": {object: `"to":["as:Public"]`, want: portability.ForPublic},
		"public, with a mention of who was not told": {object: `"to":"Public"` + mention, want: portability.ForPublic},
		"unlisted":             {object: `"to":` + followers + `,"cc":` + public, want: portability.ForUnlisted},
		"nothing is said":      {object: `"type":"Note"`, want: portability.ForAuthor},
		"to nobody":            {object: `"to":[],"cc":[]`, activity: `"to":` + public, want: portability.ForAuthor},
		"followers":            {object: `"to":` + followers, want: portability.ForAuthor},
		"followers, as chosen": {object: `"to":` + followers, options: chosen, want: portability.ForFollowers},
		"followers, chosen, but anybody may follow":         {object: `"to":` + followers, options: portability.JobOptions{FollowersOnly: true}, want: portability.ForAuthor},
		"followers, approved by hand, but not chosen":       {object: `"to":` + followers, options: portability.JobOptions{ByHand: true}, want: portability.ForAuthor},
		"followers and who is mentioned, as chosen":         {object: `"to":` + followers + `,"cc":` + bob + mention, options: chosen, want: portability.ForFollowers},
		"followers, and mentions somebody who was not told": {object: `"to":` + followers + mention, options: chosen, want: portability.ForAuthor},
		"somebody else's followers":                         {object: `"to":"https://b.example/users/bob/followers"`, options: chosen, want: portability.ForAuthor},
		"who is mentioned":                                  {object: `"to":` + bob + mention, want: portability.ForMentioned},
		"somebody who is not mentioned":                     {object: `"to":` + bob, want: portability.ForAuthor},
		"somebody, and mentions another":                    {object: `"to":"https://b.example/users/carol"` + mention, want: portability.ForAuthor},
		"who is mentioned, in secret":                       {object: `"bto":` + bob + mention, want: portability.ForMentioned},
		"the object narrower than the activity":             {object: `"to":` + bob + mention, activity: `"to":` + public, want: portability.ForMentioned},
		"the activity narrower than the object":             {object: `"to":` + public + mention, activity: `"to":` + bob, want: portability.ForMentioned},
		"the activity to another than the object":           {object: `"to":` + bob + mention, activity: `"to":"https://b.example/users/carol"`, want: portability.ForAuthor},
		"Akkoma's people of one server":                     {object: `"to":"https://old.example/#Public","cc":` + public, want: portability.ForAuthor},
		"GoToSocial's and Glitch's local only":              {object: `"to":` + public + `,"localOnly":true`, want: portability.ForAuthor},
		"the same with a prefix":                            {object: `"to":` + public + `,"toot:local_only":"true"`, want: portability.ForAuthor},
		"the same around it":                                {object: `"to":` + public, activity: `"to":` + public + `,"federated":false`, want: portability.ForAuthor},
		"not local only":                                    {object: `"to":` + public + `,"localOnly":false,"local_only":null`, want: portability.ForPublic},
		"Misskey's words":                                   {object: `"to":` + public + `,"visibility":"home"`, want: portability.ForUnlisted},
		"words of a later day":                              {object: `"to":` + public + `,"visibility":"mutuals"`, want: portability.ForAuthor},
		"a direct message, and public":                      {object: `"to":[` + public + `,` + bob + `],"directMessage":true` + mention, want: portability.ForMentioned},
		"words that its context gives another meaning":      {object: `"@context":{"to":"https://x.example/#to"},"to":` + public, want: portability.ForAuthor},
		"a share":                            {kind: portability.Outbox, object: `"type":"Announce","to":` + public, want: portability.ForPublic},
		"a like":                             {kind: portability.Outbox, object: `"type":"Like"`, want: portability.ForAuthor},
		"a Create wider than what it brings": {kind: portability.Outbox, object: `"type":"Create","to":` + public + `,"object":{"to":` + bob + mention + `}`, want: portability.ForMentioned},
		"a share that brings words without a name":     {kind: portability.Outbox, object: `"type":"Announce","to":` + public + `,"object":{"content":"x"}`, want: portability.ForAuthor},
		"a former state of a public post":              {kind: portability.History, object: `"id":"` + placeOld + `/1","to":` + public, want: portability.ForPublic},
		"a former state that was for fewer":            {kind: portability.History, object: `"id":"` + placeOld + `/1","to":` + bob + mention, want: portability.ForMentioned},
		"a former state of a post that was not copied": {kind: portability.History, object: `"id":"` + placeOld + `/failed","to":` + public, want: portability.ForAuthor},
		"a pin of a public post":                       {kind: portability.Featured, object: `"id":"` + placeOld + `/1"`, want: portability.ForPublic},
		"a pin of what was not copied":                 {kind: portability.Featured, object: `"id":"` + placeOld + `/3","to":` + public, want: portability.ForAuthor},
		"somebody's public answer":                     {kind: portability.Received, object: `"to":` + public, want: portability.ForAuthor},
		"a bookmark":                                   {kind: portability.Bookmarks, object: `"to":` + public, want: portability.ForAuthor},
		"what was received":                            {kind: portability.Inbox, object: `"to":` + public, want: portability.ForAuthor},
		"the profile":                                  {kind: portability.Actor, object: `"id":"` + placeOld + `"`, want: portability.ForPublic},
	} {
		t.Run(name, func(t *testing.T) {
			p := aPlacing(t)
			p.Options = c.options
			kind := c.kind
			if kind == "" {
				kind = portability.Content
			}
			item := placeItem(t, kind, placeOld+"/1", "{"+c.object+"}")
			if c.activity != "" {
				item.Activity = placeDoc(t, `{"type":"Create",`+c.activity+"}")
			}
			assert.Equal(t, c.want, placeOne(t, p, item).Audience)
		})
	}
}

func TestPlace_audienceOfPins(t *testing.T) {
	for name, c := range map[string]struct {
		state    portability.State
		reason   portability.Reason
		audience portability.Audience
		want     portability.Audience
	}{
		"of a post that is there":           {portability.Copied, "", portability.ForUnlisted, portability.ForUnlisted},
		"of one that was there before":      {portability.Skipped, portability.AlreadyThere, portability.ForPublic, portability.ForPublic},
		"of one whose copy is not made yet": {"", "", portability.ForPublic, portability.ForAuthor},
		"of one that failed":                {portability.Failed, "", portability.ForPublic, portability.ForAuthor},
		"of one for followers":              {portability.Copied, "", portability.ForFollowers, portability.ForAuthor},
	} {
		t.Run(name, func(t *testing.T) {
			p := aPlacing(t)
			e := portability.Entry{Ref: portability.Ref{Kind: portability.Content, ID: placeOld + "/1"}, State: c.state, Reason: c.reason, Audience: c.audience}
			p.Find = func(context.Context, []vocab.IRI) (map[vocab.IRI]portability.Entry, error) {
				return map[vocab.IRI]portability.Entry{placeOld + "/1": e}, nil
			}
			at := placeOne(t, p, placeItem(t, portability.Featured, placeOld+"/1", `{"id":"`+placeOld+`/1"}`))
			assert.Equal(t, c.want, at.Audience)
		})
	}
}

func TestPlace_audienceWithoutActor(t *testing.T) {
	p := aPlacing(t)
	p.Actor = nil
	p.Options = portability.JobOptions{FollowersOnly: true, ByHand: true}
	at := placeOne(t, p, placeItem(t, portability.Content, placeOld+"/1", `{"to":"`+placeFollowers+`"}`))
	assert.Equal(t, portability.ForFollowers, at.Audience, "a followers collection of the account's own host")
	at = placeOne(t, p, placeItem(t, portability.Content, placeOld+"/1", `{"to":"https://b.example/users/bob/followers"}`))
	assert.Equal(t, portability.ForAuthor, at.Audience)
}

// The people of the property: one of each sort that an audience can tell apart.
const (
	peopleStranger    = "a stranger"
	peopleLocal       = "somebody on the old server"
	peopleOldFollower = "a follower of the old account"
	peopleNewFollower = "a follower of the new account"
	peopleBob         = "bob"
	peopleCarol       = "carol"
	peopleGroup       = "a member of somebody else's followers"
)

var peopleAll = []string{peopleStranger, peopleLocal, peopleOldFollower, peopleNewFollower, peopleBob, peopleCarol, peopleGroup}

// peopleOf are those whom a recipient stands for.
var peopleOf = map[string][]string{
	placePublic: peopleAll, "as:Public": peopleAll, "Public": peopleAll,
	placeFollowers:                          {peopleOldFollower},
	"https://b.example/users/bob":           {peopleBob},
	"https://b.example/users/carol":         {peopleCarol},
	"https://b.example/users/bob/followers": {peopleGroup},
	"https://old.example/#Public":           {peopleLocal},
	"https://old.example/users/#local":      {peopleLocal},
	"https://old.example/lists/7":           {},
	placeOld:                                {},
}

// marks are words beside the recipients, with whom they leave.
var placeMarks = map[string][]string{
	``: peopleAll, `"sensitive":true`: peopleAll, `"localOnly":false`: peopleAll, `"visibility":"public"`: peopleAll, `"indexable":true`: peopleAll,
	`"localOnly":true`: {peopleLocal}, `"local_only":true`: {peopleLocal}, `"https://x.example/ns#localOnly":true`: {peopleLocal},
	`"federated":false`: {peopleLocal}, `"visibility":"local"`: {peopleLocal}, `"visibility":"circle"`: {},
	`"visibility":"followers"`: {peopleOldFollower, peopleBob, peopleCarol}, `"visibility":"private"`: {peopleOldFollower, peopleBob, peopleCarol},
	`"visibility":"specified"`: {peopleBob, peopleCarol}, `"directMessage":true`: {peopleBob, peopleCarol, peopleGroup},
	`"visibility":"unlisted"`: peopleAll,
}

// An addressing is one document's, drawn at random.
type addressing struct {
	fields    map[string][]string // by property
	mark      string
	mentioned []string
}

func drawAddressing(t *rapid.T, what string) addressing {
	a := addressing{fields: map[string][]string{}}
	known := make([]string, 0, len(peopleOf))
	for id := range peopleOf {
		known = append(known, id)
	}
	slices.Sort(known)
	for _, p := range []string{"to", "cc", "audience", "bto", "bcc"} {
		if rapid.IntRange(0, 2).Draw(t, what+" has "+p) == 0 {
			a.fields[p] = rapid.SliceOfN(rapid.SampledFrom(known), 0, 2).Draw(t, what+" "+p)
		}
	}
	marks := make([]string, 0, len(placeMarks))
	for mark := range placeMarks {
		marks = append(marks, mark)
	}
	slices.Sort(marks)
	if rapid.Bool().Draw(t, what+" is marked") {
		a.mark = rapid.SampledFrom(marks).Draw(t, what+" mark")
	}
	if rapid.IntRange(0, 2).Draw(t, what+" is a letter") == 0 {
		who := rapid.SampledFrom([]string{"bob", "carol"}).Draw(t, what+" goes to")
		a.fields = map[string][]string{"to": {"https://b.example/users/" + who}}
		a.mentioned = []string{who}
		return a
	}
	a.mentioned = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"bob", "carol"}), 0, 2, rapid.ID).Draw(t, what+" mentions")
	return a
}

func (a addressing) text(t *rapid.T, what string) string {
	members := []string{`"type":"Note"`}
	prefix := rapid.SampledFrom([]string{"", "as:", vocab.NamespaceAS}).Draw(t, what+" spelling")
	for _, p := range []string{"to", "cc", "audience", "bto", "bcc"} {
		ids, has := a.fields[p]
		switch {
		case !has:
		case len(ids) == 1 && rapid.Bool().Draw(t, what+" alone"):
			members = append(members, fmt.Sprintf("%q:{\"id\":%q}", prefix+p, ids[0]))
		default:
			members = append(members, fmt.Sprintf("%q:[%s]", prefix+p, quotedList(ids)))
		}
	}
	if a.mark != "" {
		members = append(members, a.mark)
	}
	var tags []string
	for _, who := range a.mentioned {
		tags = append(tags, `{"type":"Mention","href":"https://b.example/users/`+who+`"}`)
	}
	return "{" + strings.Join(append(members, `"tag":[`+strings.Join(tags, ",")+`]`), ",") + "}"
}

func quotedList(ids []string) string {
	quoted := make([]string, len(ids))
	for i, id := range ids {
		quoted[i] = fmt.Sprintf("%q", id)
	}
	return strings.Join(quoted, ",")
}

// readers are those who may read by this document alone; the bool is false if it says
// nothing of it.
func (a addressing) readers() (map[string]bool, bool) {
	who, said := map[string]bool{}, false
	for p, ids := range a.fields {
		said = said || len(ids) > 0 || p == "to"
		for _, id := range ids {
			for _, person := range peopleOf[id] {
				who[person] = true
			}
		}
	}
	keep(who, a.allows)
	return who, said
}

// allows reports whether the words beside the recipients let somebody read.
func (a addressing) allows(person string) bool { return slices.Contains(placeMarks[a.mark], person) }

func keep(who map[string]bool, allowed func(string) bool) {
	for person := range who {
		if !allowed(person) {
			delete(who, person)
		}
	}
}

// TestPlace_neverWider holds, against sets of people, that nobody reads a copy who could
// not read what it was made of.
func TestPlace_neverWider(t *testing.T) {
	met := map[portability.Audience]int{}
	// What is for followers, and stays so, takes three things at once.
	for round := 0; round < 10 || round < 100 && met[portability.ForFollowers] == 0; round++ {
		rapid.Check(t, func(t *rapid.T) { neverWider(t, met) })
	}
	for _, audience := range []portability.Audience{portability.ForPublic, portability.ForUnlisted, portability.ForAuthor, portability.ForMentioned, portability.ForFollowers} {
		assert.Positive(t, met[audience], "copies that are %s", audience)
	}
}

func neverWider(t *rapid.T, met map[portability.Audience]int) {
	object := drawAddressing(t, "object")
	item := placeItem(t, portability.Content, placeOld+"/1", object.text(t, "object"))
	before, said := object.readers()
	if rapid.Bool().Draw(t, "with its activity") {
		around := drawAddressing(t, "activity")
		item.Activity = placeDoc(t, around.text(t, "activity"))
		others, also := around.readers()
		switch {
		case said && also:
			keep(before, func(person string) bool { return others[person] })
		case also:
			before = others
			keep(before, object.allows)
		}
		keep(before, around.allows)
	}
	p := aPlacing(t)
	p.Options = portability.JobOptions{
		FollowersOnly: rapid.Bool().Draw(t, "followers chosen"), ByHand: rapid.Bool().Draw(t, "by hand"),
	}
	at := placeOne(t, p, item)
	met[at.Audience]++
	if at.Audience == portability.ForPublic && said {
		require.True(t, slices.ContainsFunc(object.fields["to"], func(id string) bool { return vocab.IRI(id).IsPublic() }), "what was unlisted is now public")
	}
	for _, person := range readersOfCopy(at, object) {
		may := before[person]
		if person == peopleNewFollower && p.Options.FollowersOnly && p.Options.ByHand {
			may = may || before[peopleOldFollower]
		}
		require.True(t, may, "%s reads what is now %s", person, at.Audience)
	}
	require.False(t, at.Object.Has(vocab.Bto) || at.Object.Has(vocab.Bcc), "hidden recipients are told")
}

// readersOfCopy are those whom a server lets read: whoever it is for, and whom it
// mentions unless it is for its author alone.
func readersOfCopy(at *portability.Placed, object addressing) []string {
	switch at.Audience {
	case portability.ForPublic, portability.ForUnlisted:
		return peopleAll
	case portability.ForFollowers:
		return append([]string{peopleNewFollower}, object.mentioned...)
	case portability.ForMentioned:
		return object.mentioned
	}
	return nil
}
