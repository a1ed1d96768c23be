package fediverse

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// A Draft is what an account writes.
type Draft struct {
	Type      string // default Note
	Title     string
	Text      string               // HTML
	For       portability.Audience // default public
	To        vocab.IRI            // whom a direct one is to
	InReplyTo vocab.IRI
	Picture   []byte    // an image; nil for none
	At        time.Time // default now
}

// Write publishes a post here. These servers send no posts to followers.
func (s *Server) Write(ctx context.Context, name string, d Draft) (vocab.IRI, error) {
	a, err := s.Account(ctx, name)
	if err != nil {
		return "", err
	}
	if a.Restricted {
		return "", ErrRestricted
	}
	shelf, err := s.Shelf(ctx, name, portability.Readership{Followers: a.ID + "/followers"})
	if err != nil {
		return "", err
	}
	draft := a.ID + "/drafts/" + vocab.IRI(rand.Text())
	item := portability.Item{Ref: portability.Ref{Kind: portability.Content, ID: string(draft)}}
	if d.Picture != nil {
		item.Media = []portability.Medium{{URL: draft + "/picture", Path: string(draft), Size: -1}}
		if _, err := shelf.PutMedia(ctx, item.Media[0], bytes.NewReader(d.Picture)); err != nil {
			return "", err
		}
	}
	if item.Object, err = d.document(a.ID, draft); err != nil {
		return "", err
	}
	results, err := shelf.Put(ctx, []portability.Item{item})
	if err == nil && results[0].State != portability.Copied {
		err = fmt.Errorf("write: %s: %s", results[0].State, results[0].Reason)
	}
	return results[0].NewID, err
}

func (d Draft) document(author, id vocab.IRI) (*vocab.Object, error) {
	to, cc := d.readers(author)
	at := cmp.Or(d.At, time.Now()).UTC().Truncate(time.Second)
	members := []vocab.Member{
		{Name: vocab.Context, Value: vocab.ContextAS},
		{Name: vocab.ID, Value: id},
		{Name: vocab.Type, Value: cmp.Or(d.Type, vocab.TypeNote)},
		{Name: vocab.AttributedTo, Value: author},
		{Name: vocab.Published, Value: at.Format(time.RFC3339)},
		{Name: vocab.To, Value: to},
		{Name: vocab.CC, Value: cc},
		{Name: vocab.Content, Value: d.Text},
	}
	if d.Title != "" {
		members = append(members, vocab.Member{Name: vocab.Name, Value: d.Title})
	}
	if d.InReplyTo != "" {
		members = append(members, vocab.Member{Name: vocab.InReplyTo, Value: d.InReplyTo})
	}
	if d.Picture != nil {
		picture := map[string]string{"type": "Image", "url": string(id + "/picture")}
		members = append(members, vocab.Member{Name: vocab.Attachment, Value: []map[string]string{picture}})
	}
	return vocab.Build(members...)
}

// readers returns to and cc.
func (d Draft) readers(author vocab.IRI) (to, cc []vocab.IRI) {
	followers := author + "/followers"
	switch d.For {
	case "", portability.ForPublic:
		return []vocab.IRI{vocab.Public}, []vocab.IRI{followers}
	case portability.ForUnlisted:
		return []vocab.IRI{followers}, []vocab.IRI{vocab.Public}
	case portability.ForFollowers:
		return []vocab.IRI{followers}, []vocab.IRI{}
	case portability.ForMentioned:
		return []vocab.IRI{d.To}, []vocab.IRI{}
	}
	return []vocab.IRI{author}, []vocab.IRI{}
}
