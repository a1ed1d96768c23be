package vectors

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/vocab"
)

// longAgo is since when keys were held in a story that names none.
const longAgo = 365 * 24 * time.Hour

// keyring knows who signs in a story. Deliveries in it carry no signature to
// verify: a step names the key, and what the world shows of it decides.
type keyring struct {
	peers  *Peers
	client *client.Client
	memory actor.KeyMemory
	held   []actor.Key
}

// hold remembers the keys that were held before the first step.
func (k *keyring) hold(ctx context.Context, s *story) error {
	if s.Keys == nil {
		return k.holdAll(ctx, s)
	}
	for _, entry := range *s.Keys {
		key, err := k.keyOf(entry)
		if err != nil {
			return fmt.Errorf("key %s: %w", entry.ID, err)
		}
		if err := k.remember(ctx, key, entry.Since); err != nil {
			return err
		}
	}
	return nil
}

// keyOf returns a held key; where its bytes are not given, they are those that
// its document shows at the beginning.
func (k *keyring) keyOf(entry storyKey) (key actor.Key, err error) {
	key = actor.Key{ID: entry.ID, Owner: entry.Owner}
	if key.Owner == "" {
		key.Owner = entry.ID.Document()
	}
	switch {
	case entry.PEM != "":
		key.Public, err = actor.ParsePEM(entry.PEM)
	case entry.Multibase != "":
		key.Public, err = actor.ParseMultikey(entry.Multibase)
	default:
		shown, found := k.shown(entry.ID)
		if !found {
			return key, fmt.Errorf("neither given nor shown")
		}
		key.Public = shown.Public
	}
	return key, err
}

// holdAll remembers every key that is shown anywhere in the story.
func (k *keyring) holdAll(ctx context.Context, s *story) error {
	worlds := []map[string]Answers{s.Peers}
	for _, step := range s.Steps {
		worlds = append(worlds, step.Peers)
	}
	for _, world := range worlds {
		for _, answers := range world {
			for _, answer := range answers {
				if err := k.holdShown(ctx, answer.Body, s.Now.Add(-longAgo)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (k *keyring) holdShown(ctx context.Context, body string, since time.Time) error {
	document, err := vocab.Parse([]byte(body))
	if err != nil {
		return nil // not every answer is a document
	}
	keys, _ := actor.Keys(document)
	for _, key := range keys {
		if err := k.remember(ctx, key, since); err != nil {
			return err
		}
	}
	return nil
}

func (k *keyring) remember(ctx context.Context, key actor.Key, since time.Time) error {
	k.held = append(k.held, key)
	return k.memory.Remember(ctx, actor.KeyRecord{
		ID: key.ID, Owner: key.Owner, Fingerprint: key.Fingerprint(), Encoded: key.Encode(), FirstSeen: since, Expires: key.Expires,
	})
}

// shown returns the key of this id that a document on the key's own origin
// shows now, its owner naming it as well. Looking is not fetching.
func (k *keyring) shown(id vocab.IRI) (actor.Key, bool) {
	document, ok := k.look(id.Document())
	if !ok {
		return actor.Key{}, false
	}
	keys, _ := actor.KeysIn(document)
	key, found := actor.FindKey(keys, id)
	if !found || !vocab.SameOrigin(key.Owner, id) {
		return actor.Key{}, false
	}
	owner, ok := k.look(key.Owner)
	return key, ok && actor.NamesKey(owner, id)
}

func (k *keyring) look(id vocab.IRI) (*vocab.Object, bool) {
	answer, listed := k.peers.Standing(string(id))
	if !listed || answer.Status != 200 {
		return nil, false
	}
	document, err := vocab.Parse([]byte(answer.Body))
	return document, err == nil
}

// verify returns who signed a delivery, or nil if nobody did. A key that was
// not held is fetched for it, as a server would do, and so remembered.
func (k *keyring) verify(ctx context.Context, s *storyStep) (*client.Verified, error) {
	var id *vocab.IRI
	if err := json.Unmarshal(s.Key, &id); err != nil || id == nil {
		return nil, err
	}
	key, held, err := k.signing(*id, s.PEM)
	if err != nil || key.Public == nil {
		return nil, err
	}
	v := &client.Verified{KeyID: *id, Owner: key.Owner, Key: key, At: k.peers.Now()}
	if !held {
		if _, err := k.client.FetchFresh(ctx, key.Owner); err != nil {
			return nil, nil
		}
	}
	return v, nil
}

// signing finds the key that made a signature: the one whose bytes the step
// gives, else the one shown now, else the one held.
func (k *keyring) signing(id vocab.IRI, pem string) (key actor.Key, held bool, err error) {
	var candidates []actor.Key
	if shown, ok := k.shown(id); ok {
		candidates = append(candidates, shown)
	}
	for _, h := range k.held {
		if h.ID == id {
			candidates = append(candidates, h)
		}
	}
	for _, key := range candidates {
		if pem != "" {
			public, err := actor.ParsePEM(pem)
			if err != nil {
				return actor.Key{}, false, err
			}
			if !key.Equal(actor.Key{Public: public}) {
				continue
			}
		}
		held := slices.ContainsFunc(k.held, func(h actor.Key) bool { return h.Owner == key.Owner && h.Equal(key) })
		return key, held, nil
	}
	return actor.Key{}, false, nil
}
