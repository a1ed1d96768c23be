package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
	"codeberg.org/godwit/godwit/webfinger"
)

func checkCommand() command {
	return command{
		name:    "check",
		args:    "OLD NEW [-as IRI -key FILE] [-json] [-trust HOST:PORT]...",
		summary: "predict, before anything is sent, which servers would honour a move",
		about: `
OLD and NEW are handles or URLs. Both accounts are read as they are now, and for
each family of receiving software it is said whether it would honour a Move from
OLD to NEW, which of its rules fails, and what to do about that. Nothing is
changed and nothing is sent.

With -as and -key, what is read is asked for as that actor: some servers show
nothing to strangers. What stays hidden cannot be told, which is no refusal.

The software of both servers is asked of them (NodeInfo), unless -software and
-new-software say it.

The exit status is 0 if everybody would honour the move, or tell people of it as
BookWyrm does; 3 if some would ignore it, strict rules refuse it, or the old
server would not send it; 5 if nobody is known to ignore it, but of some it
cannot be told; 1 if an account cannot be read now.

First a line says it in one; then each verdict with the families of software that
it is true of, and under it the rules that fail with what to do about them.`,
		examples: []string{
			"godwit check @alice@old.example @alice@new.example",
			"godwit check https://old.example/users/alice @alice@new.example -json",
			"godwit check @alice@old.example @alice@new.example -as https://me.example/actor -key private.pem",
		},
		run: check,
	}
}

func check(ctx context.Context, c *call) error {
	flags := c.networkFlags()
	c.jsonFlag(flags)
	as := flags.String("as", "", "`IRI` of the actor to fetch as; needs -key")
	key := flags.String("key", "", "`FILE` with that actor's private key in PEM")
	keyID := flags.String("key-id", "", "`IRI` of that key; without it, the actor's with #main-key")
	software := flags.String("software", "", "`NAME` of the software of the old account's server, instead of asking it")
	newSoftware := flags.String("new-software", "", "`NAME` of the software of the new account's server, instead of asking it")
	args, err := c.parse(flags, 2, 2)
	if err != nil {
		return err
	}
	network, err := c.clientAs(vocab.IRI(*as), vocab.IRI(*keyID), *key)
	if err != nil {
		return err
	}
	forecast, err := c.preflight(ctx, network, args, *software, *newSoftware)
	if err != nil {
		return explain(err)
	}
	conclusion := concludeForecast(forecast)
	if c.json {
		return errors.Join(conclusion, c.printJSON(reportOf(forecast, conclusion)))
	}
	c.printForecast(forecast)
	return conclusion
}

// clientAs returns a client that signs as an actor, or the plain one.
func (c *call) clientAs(as, keyID vocab.IRI, file string) (*client.Client, error) {
	switch {
	case as == "" && file == "" && keyID == "":
		return c.client(), nil
	case as == "" || file == "":
		return nil, usageError{c.command, "-as and -key go together"}
	case !as.IsHTTP():
		return nil, usageError{c.command, "-as is not the URL of an actor"}
	case keyID == "":
		keyID = actor.MainKeyID(as)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the key: %w", err)
	}
	key, err := actor.ParsePrivatePEM(keyID, as, string(text))
	if err != nil {
		return nil, fmt.Errorf("read the key: %w", err)
	}
	signer, err := client.NewSigner(key)
	if err != nil {
		return nil, fmt.Errorf("read the key: %w", err)
	}
	return c.client().As(signer), nil
}

func (c *call) preflight(ctx context.Context, network *client.Client, names []string, software, newSoftware string) (*move.Forecast, error) {
	var ids []vocab.IRI
	for _, name := range names {
		resource, err := c.parseName(name)
		if err != nil {
			return nil, err
		}
		id, err := c.identify(ctx, network, resource)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	if ids[0] == ids[1] {
		return nil, &exitError{
			statusRefused, "name the account that is left, and then the one that takes its place",
			string(move.SameAccount), fmt.Errorf("refused: %s: both names lead to %s", move.SameAccount, ids[0]),
		}
	}
	if software == "" {
		software = softwareOf(ctx, network, ids[0])
	}
	if newSoftware == "" {
		newSoftware = softwareOf(ctx, network, ids[1])
	}
	return move.Preflight(ctx, network, ids[0], ids[1], &move.PreflightOptions{
		Software:    software,
		NewSoftware: newSoftware,
		Resolve: func(ctx context.Context, handle string) (vocab.IRI, error) {
			return c.resolve(ctx, network, handle)
		},
	})
}

// identify returns the id of the account that a person names by handle, page or
// id. Whether it can be read is for the preflight to say.
func (c *call) identify(ctx context.Context, network *client.Client, r webfinger.Resource) (vocab.IRI, error) {
	if r.URL == "" {
		return c.resolve(ctx, network, r.String())
	}
	document, err := network.Fetch(ctx, vocab.IRI(r.URL))
	switch {
	case err == nil && document.ID() != "":
		return document.ID(), nil
	case errors.Is(err, actor.ErrContentType), errors.Is(err, actor.ErrNotFound):
		if id, failed := c.resolve(ctx, network, r.URL); failed == nil {
			return id, nil
		}
	}
	return vocab.IRI(r.URL), nil
}

// resolve asks WebFinger which actor a name leads to.
func (c *call) resolve(ctx context.Context, network *client.Client, name string) (vocab.IRI, error) {
	account, err := webfinger.Lookup(ctx, network, name, &webfinger.Options{Trusted: c.trusted})
	switch {
	case errors.Is(err, webfinger.ErrForbidden):
		return "", fmt.Errorf("%w: %w", actor.ErrForbidden, err)
	case err != nil:
		return "", err
	case len(account.Actors) == 0:
		return vocab.IRI(account.Servers[0]), nil
	}
	return vocab.IRI(account.Actors[0]), nil
}

// concludeForecast makes a forecast into an exit status.
func concludeForecast(f *move.Forecast) error {
	families := func(p move.Prediction) string {
		var names []string
		for _, o := range f.Outlooks {
			if o.Prediction == p {
				names = append(names, o.Family)
			}
		}
		return strings.Join(names, ", ")
	}
	ignoring, unsure := families(move.Ignored), families(move.CannotTell)
	switch {
	case f.Sender != nil && f.Sender.Prediction == move.Ignored:
		return &exitError{status: statusRefused, err: fmt.Errorf("the old account's server, %s, would not send the Move", f.Sender.Family)}
	case f.Refusal != nil:
		return &exitError{statusRefused, f.Refusal.Hint(), string(f.Refusal.Reason), fmt.Errorf("refused: %s", f.Refusal.Reason)}
	case ignoring != "":
		return &exitError{status: statusRefused, err: fmt.Errorf("the move would be ignored by %s", ignoring)}
	case unsure != "":
		return &exitError{status: statusCannotTell, hint: hiddenHint(f), err: fmt.Errorf("cannot tell for %s", unsure)}
	}
	return nil
}

// hiddenHint says what helps against a server that hides an account.
func hiddenHint(f *move.Forecast) string {
	for _, o := range f.Outlooks {
		for _, failure := range o.Failing {
			if failure.Rule == move.RuleHidden {
				return "the server shows an account only to signed requests: name an actor with -as and its key with -key"
			}
		}
	}
	return ""
}
