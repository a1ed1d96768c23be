package backup

import (
	"bytes"
	"encoding/base64"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

func inBase64(data []byte) string { return base64.StdEncoding.EncodeToString(data) }

// secretNames are the members that hold private halves of keys, in lower case:
// those of Multikeys and older suites, and of servers' own files.
var secretNames = map[string]bool{
	"privatekeypem": true, "privatekey": true, "secretkey": true, "privatekeymultibase": true,
	"secretkeymultibase": true, "privatekeyjwk": true, "secretkeyjwk": true, "privatekeyhex": true,
	"privatekeybase58": true,
}

func has(o *vocab.Object, want string) (vocab.Value, bool) {
	for name, value := range o.Members() {
		if name == want {
			return value, true
		}
	}
	return vocab.Value{}, false
}

// isPrivateOfJWK follows RFC 7518, §6.
func isPrivateOfJWK(name string) bool {
	switch name {
	case "d", "p", "q", "dp", "dq", "qi", "oth", "k":
		return true
	}
	return false
}

// holdsSecret reports whether bytes that nobody understood hold a private key.
func holdsSecret(data []byte) bool {
	for _, sign := range []string{"PRIVATE KEY-----", "AGE-SECRET-KEY-1"} {
		if bytes.Contains(data, []byte(sign)) {
			return true
		}
	}
	lower := bytes.ToLower(data)
	for name := range secretNames {
		if bytes.Contains(lower, []byte(name+`"`)) {
			return true
		}
	}
	_, found, err := withoutMembers(data, false)
	return err == nil && found
}

// A fitted item is one as it may stand in an archive, and how it ends there.
type fitted struct {
	portability.Item
	state  portability.State
	reason portability.Reason
}

func (f *fitted) change(found bool, why portability.Reason) {
	if found && f.state == portability.Copied {
		f.state, f.reason = portability.Changed, why
	}
}

// fit returns an item as it may stand in the archive. The inbox is its owner's
// alone, and stays as it is.
func fit(item portability.Item) (fitted, error) {
	f := fitted{Item: item, state: portability.Copied}
	if f.secret() {
		f.state, f.reason = portability.Skipped, portability.SecretWithheld
		return f, nil
	}
	if item.Kind == portability.Inbox {
		return f, nil
	}
	if item.Object == nil {
		f.bare()
		return f, nil
	}
	if item.Kind == portability.Actor || item.Kind == portability.Keys {
		clean, found, err := withoutSecrets(item.Object)
		if err != nil {
			return f, err
		}
		f.Object = clean
		f.change(found, portability.SecretWithheld)
	}
	object, activity, found, err := withoutHidden(f.Object, f.Activity)
	f.Object, f.Activity = object, activity
	f.change(found, portability.HiddenRecipients)
	return f, err
}

// bare takes bto and bcc out of what is JSON and no document.
func (f *fitted) bare() {
	if !mayBeBlind(f.Raw) {
		return
	}
	if clean, found, err := withoutMembers(f.Raw, true); err == nil {
		f.Raw = clean
		f.change(found, portability.HiddenRecipients)
	}
}

// secret reports whether an item cannot be told from a private key: what a person
// writes about keys is none.
func (f *fitted) secret() bool {
	switch f.Kind {
	case portability.Unknown:
		return holdsSecret(f.Raw) || f.Object != nil && holdsSecret(f.Object.Value().Raw())
	case portability.Actor, portability.Keys, portability.Preferences:
		return f.Object == nil && holdsSecret(f.Raw)
	}
	return false
}
