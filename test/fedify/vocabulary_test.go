package fedify_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// An account is what Fedify's vocabulary reads in an actor's document, and in
// the documents of the accounts that it names.
type account struct {
	ID, Inbox, SharedInbox, SuccessorID, Successor vocab.IRI
	Type, Username                                 string
	AliasIDs, Aliases, Keys                        []vocab.IRI
}

func TestFedifyReadsOurAccounts(t *testing.T) {
	there := startPeer(t, client.RFC9421)
	here := startHomes(t, there, "", 1)[0]
	one, two := there.create(t, "one"), there.create(t, "two")
	for _, tt := range []struct {
		name    string
		aliases []vocab.IRI
		movedTo vocab.IRI
	}{
		{"plain", nil, ""},
		{"one-alias", []vocab.IRI{one}, ""},
		{"two-aliases", []vocab.IRI{one, two}, ""},
		{"moved", nil, two},
		{"moved-with-aliases", []vocab.IRI{two, one}, one},
	} {
		t.Run(tt.name, func(t *testing.T) {
			id := here.create(t, tt.name)
			require.NoError(t, here.Alias(t.Context(), tt.name, append([]vocab.IRI{}, tt.aliases...)...))
			require.NoError(t, here.SetMovedTo(t.Context(), tt.name, tt.movedTo))

			assert.Equal(t, account{
				ID: id, Inbox: id + "/inbox", SharedInbox: vocab.IRI(here.Base() + "/inbox"),
				SuccessorID: tt.movedTo, Successor: tt.movedTo, Type: vocab.TypePerson, Username: tt.name,
				AliasIDs: append([]vocab.IRI{}, tt.aliases...), Aliases: append([]vocab.IRI{}, tt.aliases...),
				Keys: []vocab.IRI{actor.MainKeyID(id), actor.MainKeyID(id), actor.Ed25519KeyID(id)},
			}, order[account](t, there, "actor", map[string]any{"id": id}))
		})
	}
}

func TestWeReadFedifysAccounts(t *testing.T) {
	there := startPeer(t, client.RFC9421)
	here := startHomes(t, there, "", 1)[0]
	one, two := here.create(t, "one"), here.create(t, "two")
	for _, tt := range []struct {
		name    string
		aliases []vocab.IRI
		movedTo vocab.IRI
	}{
		{"plain", nil, ""},
		{"one-alias", []vocab.IRI{one}, ""}, // which Fedify writes without an array
		{"two-aliases", []vocab.IRI{one, two}, ""},
		{"moved", []vocab.IRI{one}, two},
	} {
		t.Run(tt.name, func(t *testing.T) {
			id := there.create(t, tt.name, tt.aliases...)
			if tt.movedTo != "" {
				there.move(t, tt.name, tt.movedTo)
			}

			document, err := here.Client().Fetch(t.Context(), id)

			require.NoError(t, err, "fetch an account at Fedify")
			assert.Equal(t, id, document.ID())
			for _, alias := range []vocab.IRI{one, two} {
				assert.Equal(t, slices.Contains(tt.aliases, alias), actor.Claims(document, alias), "that it claims %s", alias)
			}
			want := actor.Active
			if tt.movedTo != "" {
				want = actor.Moved
			}
			standing := actor.StandingOf(document)
			assert.Equal(t, want, standing.State, "its state")
			assert.Equal(t, tt.movedTo, standing.MovedTo, "where it moved")
		})
	}
}

func TestFedifyReadsOurAnnouncement(t *testing.T) {
	there := startPeer(t, client.RFC9421)
	here := startHomes(t, there, "", 1)[0]
	old := here.create(t, "crane")
	next := there.create(t, "crane", old)
	from, err := here.Client().Fetch(t.Context(), old)
	require.NoError(t, err)
	to, err := here.Client().Fetch(t.Context(), next)
	require.NoError(t, err)
	announcement, err := move.New(from, to, &move.BuildOptions{MoveID: old + "#move", UpdateID: old + "#update"})
	require.NoError(t, err, "announce")

	public, followers := []vocab.IRI{vocab.Public}, []vocab.IRI{old + "/followers"}
	assert.Equal(t, activity{ID: old + "#move", Type: vocab.TypeMove, Actor: old, Object: old, Target: next, To: followers, CC: public},
		order[activity](t, there, "activity", map[string]any{"document": raw(announcement.Move)}), "the Move")
	assert.Equal(t, activity{ID: old + "#update", Type: vocab.TypeUpdate, Actor: old, Object: old, To: public, CC: followers},
		order[activity](t, there, "activity", map[string]any{"document": raw(announcement.Update)}), "the Update")
}
