package backup

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"strings"

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

// withoutSecrets returns a document without the private halves of keys, wherever
// they stand in it, and whether there were any.
func withoutSecrets(o *vocab.Object) (*vocab.Object, bool, error) {
	found := false
	for {
		at := secretIn(o.Value(), "")
		if at == "" {
			return o, found, nil
		}
		cut, err := o.Cut(at)
		if err != nil {
			return nil, found, err
		}
		o, found = cut, true
	}
}

// secretIn returns where the first secret stands, as a JSON Pointer.
func secretIn(v vocab.Value, at string) string {
	if o, ok := v.Object(); ok {
		return secretInObject(o, at)
	}
	if v.Kind() != vocab.Array {
		return ""
	}
	n := 0
	for one := range v.Elements() {
		if found := secretIn(one, at+"/"+strconv.Itoa(n)); found != "" {
			return found
		}
		n++
	}
	return ""
}

func secretInObject(o *vocab.Object, at string) string {
	_, jwk := has(o, "kty")
	for name, value := range o.Members() {
		here := at + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
		if isSecretName(name) || jwk && isPrivateOfJWK(name) {
			return here
		}
		if found := secretIn(value, here); found != "" {
			return found
		}
	}
	return ""
}

func has(o *vocab.Object, want string) (vocab.Value, bool) {
	for name, value := range o.Members() {
		if name == want {
			return value, true
		}
	}
	return vocab.Value{}, false
}

// isSecretName takes compact names, prefixed ones and full IRIs.
func isSecretName(name string) bool {
	return secretNames[strings.ToLower(name[strings.LastIndexAny(name, "#:/")+1:])]
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
	if bytes.Contains(data, []byte("PRIVATE KEY-----")) {
		return true
	}
	lower := bytes.ToLower(data)
	for name := range secretNames {
		if bytes.Contains(lower, []byte(`"`+name+`"`)) {
			return true
		}
	}
	return false
}

// withoutBlind returns a document without bto and bcc: an archive is shown to
// others, and those whom they name were to be known to nobody else.
func withoutBlind(o *vocab.Object) (*vocab.Object, bool, error) {
	found := false
	for _, p := range []vocab.Property{vocab.Bto, vocab.Bcc} {
		if o == nil || !o.Has(p) {
			continue
		}
		cut, err := o.Without(p)
		if err != nil {
			return nil, found, err
		}
		o, found = cut, true
	}
	return o, found, nil
}

// fit returns an item as it may stand in the archive, and how it ends there.
func fit(item portability.Item) (portability.Item, portability.State, portability.Reason, error) {
	switch item.Kind {
	case portability.Actor, portability.Keys:
		return fitKeys(item)
	case portability.Content, portability.Outbox, portability.History:
		return fitOwn(item)
	case portability.Unknown:
		data := item.Raw
		if item.Object != nil {
			data = item.Object.Bytes()
		}
		if holdsSecret(data) {
			return item, portability.Skipped, portability.SecretWithheld, nil
		}
	}
	return item, portability.Copied, "", nil
}

func fitKeys(item portability.Item) (portability.Item, portability.State, portability.Reason, error) {
	if item.Object == nil {
		if holdsSecret(item.Raw) {
			return item, portability.Skipped, portability.SecretWithheld, nil
		}
		return item, portability.Copied, "", nil
	}
	clean, found, err := withoutSecrets(item.Object)
	item.Object = clean
	return item, changedIf(found), secretIf(found), err
}

func fitOwn(item portability.Item) (portability.Item, portability.State, portability.Reason, error) {
	if item.Object == nil {
		return item, portability.Copied, "", nil
	}
	var found, around bool
	var err error
	if item.Object, found, err = withoutBlind(item.Object); err != nil {
		return item, "", "", err
	}
	if item.Activity, around, err = withoutBlind(item.Activity); err != nil {
		return item, "", "", err
	}
	inner := item.Object
	if item.Kind == portability.Outbox {
		inner = item.Object.Child(vocab.ObjectProperty)
	}
	if inner != nil && item.Kind == portability.Outbox {
		clean, inside, err := withoutBlind(inner)
		if err != nil {
			return item, "", "", err
		}
		if inside {
			item.Object, err = item.Object.With(vocab.ObjectProperty, clean)
		}
		return item, changedIf(found || inside), secretIf(found || inside), err
	}
	return item, changedIf(found || around), secretIf(found || around), nil
}

func changedIf(found bool) portability.State {
	if found {
		return portability.Changed
	}
	return portability.Copied
}

func secretIf(found bool) portability.Reason {
	if found {
		return portability.SecretWithheld
	}
	return ""
}
