package ldsig_test

import (
	"fmt"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
	"codeberg.org/godwit/godwit/vocab/ldsig"
)

// A server that takes relayed Moves says so in its rules. The key is one that
// the old account publishes; package move looks it up.
func ExampleVerify() {
	rules := move.Rules{LDSignature: ldsig.Verify}

	activity, err := vocab.Parse([]byte(`{
		"@context": "https://www.w3.org/ns/activitystreams",
		"id": "https://old.example/moves/1",
		"type": "Move",
		"actor": "https://old.example/alice",
		"object": "https://old.example/alice",
		"target": "https://new.example/alice",
		"signature": {
			"type": "RsaSignature2017",
			"creator": "https://old.example/alice#main-key",
			"created": "2026-11-22T12:00:00Z",
			"signatureValue": "bm90IGEgc2lnbmF0dXJl"
		}
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	key, err := actor.GenerateRSA("https://old.example/alice")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(rules.LDSignature(activity, key.Public()))
	// Output: verify LD signature: the signature is not over this document
}
