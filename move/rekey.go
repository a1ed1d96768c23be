package move

import (
	"crypto/rsa"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

// A KeyAnswer is how receiving software meets an actor that comes back with other keys
// than it had. The words are stable.
type KeyAnswer string

// The answers.
const (
	KeyKept    KeyAnswer = "kept"    // it signs with a key that is known: nothing to be done
	KeyRead    KeyAnswer = "read"    // it reads the new key at the first signature that fails
	KeyRefused KeyAnswer = "refused" // it refuses until its own admins let the old key expire
	KeyUnknown KeyAnswer = "unknown" // how it behaves is not known
)

// A KeyOutlook is what one family of software will do.
type KeyOutlook struct {
	Family string // of [Families], or as it was asked for
	Answer KeyAnswer
	// Hint says what can be done about it, or what else is to be known; "" if nothing.
	Hint string
}

// AfterRekey tells how servers will meet an actor that was restored, by the document that
// they know and the one that it shows now. What counts is the first RSA key, which requests are
// signed with. Families are those of the servers that know the actor, as [FamilyOf] names
// them; none stands for all of [Families].
//
// The old key is the only thing that a former domain cannot be bought with: there is no
// way around a refusal but the admins of the servers that refuse.
func AfterRekey(before, now *vocab.Object, families ...string) []KeyOutlook {
	if len(families) == 0 {
		families = Families()
	}
	same, renamed := sameKey(before, now)
	all := make([]KeyOutlook, len(families))
	for i, family := range families {
		all[i] = KeyOutlook{Family: family, Answer: KeyKept}
		switch {
		case renamed && family != own:
			all[i].Answer, all[i].Hint = KeyUnknown, "call the key by the id that it had: not every server looks for it under another"
		case !same:
			all[i].Answer, all[i].Hint = rekeyed(family)
		}
	}
	return all
}

// sameKey reports whether requests are signed with a key that was published before, and
// whether it has another id than it had.
func sameKey(before, now *vocab.Object) (same, renamed bool) {
	old, _ := actor.Keys(before)
	signs, found := firstRSA(now)
	if !found {
		return false, false
	}
	for _, o := range old {
		if o.Equal(signs) && o.ID == signs.ID {
			return true, false
		}
		renamed = renamed || o.Equal(signs)
	}
	return renamed, renamed
}

func firstRSA(o *vocab.Object) (actor.Key, bool) {
	keys, _ := actor.Keys(o)
	for _, k := range keys {
		if _, isRSA := k.Public.(*rsa.PublicKey); isRSA {
			return k, true
		}
	}
	return actor.Key{}, false
}

// rekeyed is what a family does with a key that it has not seen, as read in 2025 and 2026.
func rekeyed(family string) (KeyAnswer, string) {
	switch family {
	case "gotosocial":
		return KeyRefused, "ask its admins to expire the keys of your domain; else only an Update signed with the old key would help"
	case own:
		return KeyRead, "a Move signed with the new key is held for seven days"
	case "akkoma":
		return KeyRead, "it reads keys anew only now and then: the first deliveries may be lost"
	case "misskey":
		return KeyRead, "it answers before it looks at the signature: a delivery that it drops looks like one that it took"
	case "mastodon", "pixelfed", "hollo", "ghost":
		return KeyRead, ""
	}
	return KeyUnknown, "send it something harmless first, and look whether it arrives"
}
