package actor_test

import (
	"crypto/ed25519"
	"fmt"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

func ExampleStandingOf() {
	o, err := vocab.Parse([]byte(`{
		"id": "https://old.example/users/al",
		"type": "Person",
		"as:movedTo": {"id": "https://new.example/users/al"}
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	standing := actor.StandingOf(o)
	fmt.Println(standing.State, standing.MovedTo)
	// Output: moved https://new.example/users/al
}

func ExampleClaims() {
	o, err := vocab.Parse([]byte(`{
		"id": "https://new.example/users/al",
		"alsoKnownAs": ["acct:al@old.example", "https://old.example/users/al"]
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(actor.Claims(o, "https://old.example/users/al"))
	fmt.Println(actor.Claims(o, "http://old.example/users/al"))
	// Output:
	// true
	// false
}

func ExampleVerifyProof() {
	const owner vocab.IRI = "https://old.example/users/al"
	seed := make([]byte, ed25519.SeedSize) // a real one comes from GenerateEd25519
	key := actor.PrivateKey{ID: actor.Ed25519KeyID(owner), Owner: owner, Signer: ed25519.NewKeyFromSeed(seed)}
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

	move, err := vocab.Parse([]byte(`{"@context":"https://www.w3.org/ns/activitystreams","type":"Move",` +
		`"actor":"https://old.example/users/al","object":"https://old.example/users/al","target":"https://new.example/users/al"}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	signed, err := actor.SignProof(move, key, now, nil)
	if err != nil {
		fmt.Println(err)
		return
	}

	// The receiver has fetched the key from the actor's own document.
	public := key.Public()
	opts := &actor.ProofOptions{Now: now.Add(time.Hour)}
	fmt.Println(public.Owner == actor.OwnerOf(signed), actor.VerifyProof(signed, public, opts))

	forged, err := signed.With(vocab.Target, "https://evil.example/users/al")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(actor.VerifyProof(forged, public, opts))
	// Output:
	// true <nil>
	// verify proof: the signature is not over this document
}

func ExampleWithKeys() {
	const owner vocab.IRI = "https://a.example/users/al"
	key, err := actor.DecodeKey(actor.Ed25519KeyID(owner), owner, "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK")
	if err != nil {
		fmt.Println(err)
		return
	}
	o, err := vocab.Parse([]byte(`{"id":"https://a.example/users/al"}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	o, err = actor.WithKeys(o, key)
	if err != nil {
		fmt.Println(err)
		return
	}
	keys, problems := actor.Keys(o)
	fmt.Println(keys[0].ID, len(problems))
	// Output: https://a.example/users/al#ed25519-key 0
}

func ExampleContinuous() {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	held := actor.KeyRecord{Fingerprint: "sha256:aa", FirstSeen: now.AddDate(-1, 0, 0)}
	fresh := actor.KeyRecord{Fingerprint: "sha256:bb", FirstSeen: now.Add(-time.Hour)}
	origin := actor.OriginRecord{LastReached: now}

	fmt.Println(actor.Continuous([]actor.KeyRecord{held, fresh}, "sha256:aa", origin, true, now))
	fmt.Println(actor.Continuous([]actor.KeyRecord{held, fresh}, "sha256:bb", origin, true, now))
	// Output:
	// true tried
	// false on-trial
}
