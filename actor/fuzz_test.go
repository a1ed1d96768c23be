package actor_test

import (
	"crypto/x509"
	"errors"
	"strings"
	"testing"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

func FuzzParsePEM(f *testing.F) {
	for _, key := range []actor.Key{fepRSA(f), fepEd25519(f)} {
		f.Add(key.PEM())
		f.Add(strings.ReplaceAll(key.PEM(), "\n", `\n`))
		f.Add(strings.ReplaceAll(key.PEM(), "\n", "\r\n  "))
	}
	f.Add(pemOf("RSA PUBLIC KEY", []byte{0x30, 0x03, 0x02, 0x01, 0x00}))
	f.Add("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----")
	f.Fuzz(func(t *testing.T, text string) {
		public, err := actor.ParsePEM(text)
		if err != nil {
			if public != nil || !isKeyError(err) {
				t.Errorf("refused with %v, %v", public, err)
			}
			return
		}
		holdsTogether(t, actor.Key{ID: "https://a.example/k", Public: public})
	})
}

func FuzzParseMultikey(f *testing.F) {
	for _, text := range []string{fep521aEd25519, fep521aRSA, fep8b32Secret, "z", "z6Mk", "z1111", "uAAAA"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		public, err := actor.ParseMultikey(text)
		if err != nil {
			if public != nil || !isKeyError(err) {
				t.Errorf("refused with %v, %v", public, err)
			}
			return
		}
		key := actor.Key{ID: "https://a.example/k", Public: public}
		holdsTogether(t, key)
		if key.Encode() != text {
			t.Errorf("%q is written as %q", text, key.Encode())
		}
	})
}

// holdsTogether checks that a key that was read can be written, and is read
// back as itself.
func holdsTogether(t *testing.T, key actor.Key) {
	t.Helper()
	if _, err := x509.MarshalPKIXPublicKey(key.Public); err != nil {
		t.Fatalf("a key was read that cannot be written: %v", err)
	}
	decoded, err := actor.DecodeKey(key.ID, key.Owner, key.Encode())
	if err != nil || !decoded.Equal(key) {
		t.Errorf("by Multikey: %v, %v", decoded, err)
	}
	public, err := actor.ParsePEM(key.PEM())
	if err != nil || !key.Equal(actor.Key{Public: public}) {
		t.Errorf("by PEM: %v, %v", public, err)
	}
}

func FuzzKeysIn(f *testing.F) {
	f.Add([]byte(`{"id":"https://a.example/u","publicKey":{"id":"https://a.example/u#k","owner":"https://a.example/u","publicKeyPem":"x"}}`))
	f.Add([]byte(`{"id":"https://a.example/u#k","type":"Multikey","controller":"https://a.example/u","publicKeyMultibase":"` + fep521aEd25519 + `"}`))
	f.Add([]byte(`{"id":"https://a.example/u","assertionMethod":["https://a.example/u#k",{"id":"https://b.example/k","sec:controller":[]},7,null]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := vocab.Parse(data)
		if err != nil {
			return
		}
		keys, problems := actor.KeysIn(o)
		for _, key := range keys {
			if key.ID == "" || key.Owner == "" || !vocab.SameOrigin(key.ID, key.Owner) && key.ID.Document() != key.Owner.Document() {
				t.Errorf("%s: key %q of %q", o, key.ID, key.Owner)
			}
			holdsTogether(t, key)
		}
		for _, p := range problems {
			if p.Err == nil || errors.Is(p, actor.ErrKeyElse) && p.ID == "" {
				t.Errorf("%s: a problem without a reason, or without a place to look: %v", o, p)
			}
		}
	})
}
