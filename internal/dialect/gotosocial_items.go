package dialect

import (
	"context"
	"iter"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

func (s *serverExport) parts() {
	for _, k := range []portability.Kind{portability.Blocked, portability.Followers, portability.Following, portability.Pending} {
		s.account.Parts = append(s.account.Parts, Part{Kind: k, Name: s.entry, Said: -1, Each: s.relations(k)})
	}
	s.account.Parts = append(s.account.Parts,
		Part{Kind: portability.Preferences, Name: s.entry, Said: -1, Each: s.preferences()},
		Part{Kind: portability.Unknown, Name: s.entry, Said: -1, Each: s.user()})
}

// relations yields the accounts of one kind.
func (s *serverExport) relations(k portability.Kind) func(context.Context) iter.Seq2[portability.Item, error] {
	return func(ctx context.Context) iter.Seq2[portability.Item, error] {
		return markRepeated(func(yield func(portability.Item, error) bool) {
			for record, err := range s.records(ctx) {
				if err != nil {
					yield(portability.Item{}, err)
					return
				}
				kind, other, ok := s.relation(record)
				if ok && kind == k && !yield(s.related(k, other, record), nil) {
					return
				}
			}
		})
	}
}

// related is one account. Of one whose record is missing only the number in the
// server's database is known.
func (s *serverExport) related(k portability.Kind, other string, record *vocab.Object) portability.Item {
	id := s.persons[other]
	if id == "" {
		return Unreadable(k, "account "+other, record.Value().Raw(), portability.NoID)
	}
	item := portability.Item{Ref: portability.Ref{Kind: k, ID: string(id)}}
	var m maker
	m.put(vocab.ID, id)
	if k == portability.Pending {
		direction := "out"
		if record.Text("targetAccountId") == s.number {
			direction = "in"
		}
		m.put("direction", direction)
	}
	m.value("notify", boolean(record, "notify"))
	m.value("reblogs", boolean(record, "showReblogs"))
	return m.finish(item, record)
}

// actor makes the actor's document of its record.
func (s *serverExport) actor() (*vocab.Object, error) {
	r := s.home
	var m maker
	m.put(vocab.ID, r.Text("uri"))
	typ := r.Text("actorType")
	if typ == "" {
		typ = "Person"
	}
	m.put(vocab.Type, typ)
	for _, member := range []struct{ from, to vocab.Property }{
		{"username", vocab.Username}, {"displayName", vocab.Name}, {"note", vocab.Summary}, {"url", vocab.URL},
		{"inboxURI", vocab.Inbox}, {"outboxURI", vocab.Outbox}, {"followersUri", vocab.Followers}, {"followingUri", vocab.Following},
		{"featuredCollectionUri", vocab.Featured}, {"createdAt", vocab.Published},
	} {
		m.put(member.to, r.Text(member.from))
	}
	m.value(vocab.ManualApprove, boolean(r, "locked"))
	m.value(vocab.Discoverable, boolean(r, "discoverable"))
	m.value(vocab.Memorial, boolean(r, "memorial"))
	m.put(vocab.Icon, remoteImage(r.Text("avatarRemoteURL")))
	m.put(vocab.Image, remoteImage(r.Text("headerRemoteURL")))
	if pem := r.Text("publicKey"); pem != "" {
		m.put(vocab.PublicKey, map[string]string{"id": r.Text("publicKeyUri"), "owner": r.Text("uri"), "publicKeyPem": pem})
	}
	original, _, err := withoutRecordSecrets(r)
	if err != nil {
		return nil, err
	}
	made, err := m.build()
	if err != nil {
		return nil, err
	}
	return WithOriginal(made, original)
}

func remoteImage(url string) any {
	if url == "" {
		return nil
	}
	return map[string]string{"type": "Image", "url": url}
}

// preferences is what the account posts with where nothing else is said.
func (s *serverExport) preferences() func(context.Context) iter.Seq2[portability.Item, error] {
	var m maker
	m.put("audience", map[string]string{
		"public": "public", "unlocked": "unlisted", "unlisted": "unlisted", "followers_only": "followers",
		"private": "followers", "mutuals_only": "direct", "direct": "direct",
	}[s.home.Text("privacy")])
	m.put("language", s.home.Text("language"))
	m.value("sensitive", boolean(s.home, "sensitive"))
	o, err := m.build()
	if err != nil || o.Len() == 0 {
		return Just()
	}
	return Just(portability.Item{Ref: portability.Ref{Kind: portability.Preferences, ID: "preferences"}, Object: o})
}

// user yields the account's record as a user, without passwords and tokens.
func (s *serverExport) user() func(context.Context) iter.Seq2[portability.Item, error] {
	return func(ctx context.Context) iter.Seq2[portability.Item, error] {
		return func(yield func(portability.Item, error) bool) {
			for record, err := range s.records(ctx) {
				if err != nil {
					yield(portability.Item{}, err)
					return
				}
				if record.Text("type") != "user" || record.Text("accountID") != s.number {
					continue
				}
				if !yield(userItem(record)) {
					return
				}
			}
		}
	}
}

func userItem(record *vocab.Object) (portability.Item, error) {
	item := portability.Item{Ref: portability.Ref{Kind: portability.Unknown, ID: "user " + record.Text("id")}}
	kept, withheld, err := withoutRecordSecrets(record)
	if err != nil {
		return item, err
	}
	if item.Raw = kept.Value().Raw(); withheld {
		item.Problems = []portability.Problem{{Reason: portability.SecretWithheld, Detail: "password and tokens"}}
	}
	return item, nil
}
