package main

import (
	"context"
	"crypto"
	"crypto/rsa"
	"errors"
	"fmt"
	"slices"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/vocab"
	"codeberg.org/godwit/godwit/webfinger"
)

func lookupCommand() command {
	return command{
		name:    "lookup",
		args:    "HANDLE|URL [-json] [-trust HOST:PORT]...",
		summary: "find an account and print what it publishes about itself",
		about: `
The handle is asked for by WebFinger, and the actor that it leads to is read
from its own server. A URL is read as the actor itself; if it is none, as a page
that WebFinger leads on from. A handle is printed only if its own host leads
back to the actor.`,
		examples: []string{
			"godwit lookup @alice@example.org",
			"godwit lookup https://example.org/users/alice -json",
			"godwit lookup alice@127.0.0.1:8080 -trust 127.0.0.1:8080",
		},
		run: lookup,
	}
}

// A profile is what lookup prints.
type profile struct {
	Handle      string      `json:"handle,omitempty"`
	ID          vocab.IRI   `json:"id"`
	Type        []string    `json:"type"`
	Name        string      `json:"name,omitempty"`
	State       actor.State `json:"state"`
	MovedTo     vocab.IRI   `json:"movedTo,omitempty"`
	CopiedTo    []vocab.IRI `json:"copiedTo,omitempty"`
	Suspended   bool        `json:"suspended,omitzero"`
	AlsoKnownAs []string    `json:"alsoKnownAs,omitempty"`
	Keys        []keyLine   `json:"keys,omitempty"`
	KeyProblems []string    `json:"keyProblems,omitempty"`
	Inbox       vocab.IRI   `json:"inbox,omitempty"`
	SharedInbox vocab.IRI   `json:"sharedInbox,omitempty"`
	Page        string      `json:"page,omitempty"`
}

type keyLine struct {
	ID   vocab.IRI `json:"id"`
	Kind string    `json:"kind"`
}

func lookup(ctx context.Context, c *call) error {
	flags := c.networkFlags()
	c.jsonFlag(flags)
	args, err := c.parse(flags, 1, 1)
	if err != nil {
		return err
	}
	resource, err := c.parseName(args[0])
	if err != nil {
		return err
	}
	document, handle, err := c.find(ctx, resource)
	if err != nil {
		return explain(err)
	}
	p := profileOf(document)
	p.Handle = handle.String()
	if p.Inbox == "" && p.State != actor.Gone {
		return fmt.Errorf("what %s shows is no account: it has no inbox", p.ID.Host())
	}
	if c.json {
		return c.printJSON(p)
	}
	c.printProfile(p)
	return nil
}

// find returns the actor's document, and the handle that WebFinger confirms:
// zero if none leads to the actor.
func (c *call) find(ctx context.Context, r webfinger.Resource) (*vocab.Object, webfinger.Handle, error) {
	network := c.client()
	if r.URL == "" {
		return c.findByWebFinger(ctx, network, r)
	}
	document, err := fetchActor(ctx, network, vocab.IRI(r.URL))
	switch {
	case err == nil:
		return document, c.confirm(ctx, network, document), nil
	case errors.Is(err, actor.ErrContentType), errors.Is(err, actor.ErrNotFound):
		// A page for people, perhaps; if WebFinger does not know it either, what
		// the page itself answered says more.
		if document, handle, failed := c.findByWebFinger(ctx, network, r); failed == nil {
			return document, handle, nil
		}
	}
	return nil, webfinger.Handle{}, err
}

func (c *call) findByWebFinger(ctx context.Context, network *client.Client, r webfinger.Resource) (*vocab.Object, webfinger.Handle, error) {
	account, err := webfinger.Lookup(ctx, network, r.String(), &webfinger.Options{Trusted: c.trusted})
	if err != nil {
		return nil, webfinger.Handle{}, err
	}
	id := vocab.IRI(slices.Concat(account.Actors, account.Servers)[0])
	document, err := fetchActor(ctx, network, id)
	if err != nil {
		return nil, webfinger.Handle{}, err
	}
	if document.ID() != id {
		return document, c.confirm(ctx, network, document), nil
	}
	return document, account.Handle, nil
}

// fetchActor reads the document at the id that the one behind address names:
// what stands anywhere else on a server, as an upload might, may call itself by
// any id there.
func fetchActor(ctx context.Context, network *client.Client, address vocab.IRI) (*vocab.Object, error) {
	named, err := network.Fetch(ctx, address)
	if err != nil || named.ID() == address || named.ID() == "" {
		return named, err
	}
	document, err := network.Fetch(ctx, named.ID())
	if err == nil && document.ID() != named.ID() {
		err = &actor.FetchError{ID: named.ID(), Err: actor.ErrRedirected}
	}
	return document, err
}

// confirm asks the host of the handle that a document claims. One that does not
// hold is told, and not shown as the account's.
func (c *call) confirm(ctx context.Context, network *client.Client, document *vocab.Object) webfinger.Handle {
	handle, err := network.CheckHandle(ctx, document)
	if err != nil && !errors.Is(err, client.ErrNoHandle) {
		sayHint(c.stderr, "the handle that the account claims is not confirmed: "+err.Error())
	}
	return handle
}

func profileOf(document *vocab.Object) profile {
	standing := actor.StandingOf(document)
	p := profile{
		ID:          document.ID(),
		Type:        document.Types(),
		Name:        document.Text(vocab.Name),
		State:       standing.State,
		MovedTo:     standing.MovedTo,
		CopiedTo:    standing.CopiedTo,
		Suspended:   standing.Suspended,
		AlsoKnownAs: actor.Aliases(document),
		Inbox:       document.IRI(vocab.Inbox),
		Page:        string(document.IRI(vocab.URL)),
	}
	if endpoints := document.Child(vocab.Endpoints); endpoints != nil {
		p.SharedInbox = endpoints.IRI(vocab.SharedInbox)
	}
	keys, problems := actor.Keys(document)
	for i, k := range keys {
		// Servers publish one key as publicKey and as Multikey.
		if !slices.ContainsFunc(keys[:i], func(before actor.Key) bool { return sameKey(before, k) }) {
			p.Keys = append(p.Keys, keyLine{k.ID, kindOf(k)})
		}
	}
	for _, problem := range problems {
		p.KeyProblems = append(p.KeyProblems, problem.Error())
	}
	return p
}

func sameKey(a, b actor.Key) bool {
	public, compares := a.Public.(interface{ Equal(crypto.PublicKey) bool })
	return a.ID == b.ID && compares && public.Equal(b.Public)
}

func kindOf(k actor.Key) string {
	if public, ok := k.Public.(*rsa.PublicKey); ok {
		return fmt.Sprintf("RSA %d", public.Size()*8)
	}
	return "Ed25519"
}

func (c *call) printProfile(p profile) {
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(c.stdout, "%-13s %s\n", name, printable(value))
		}
	}
	line("handle", p.Handle)
	line("id", string(p.ID))
	for _, t := range p.Type {
		line("type", t)
	}
	line("name", p.Name)
	line("state", string(p.State))
	line("moved to", string(p.MovedTo))
	for _, id := range p.CopiedTo {
		line("copied to", string(id))
	}
	if p.Suspended {
		line("suspended", "by its own server")
	}
	for _, alias := range p.AlsoKnownAs {
		line("alias", alias)
	}
	for _, k := range p.Keys {
		line("key", string(k.ID)+" ("+k.Kind+")")
	}
	for _, problem := range p.KeyProblems {
		line("no key", problem)
	}
	line("inbox", string(p.Inbox))
	line("shared inbox", string(p.SharedInbox))
	line("page", p.Page)
}
