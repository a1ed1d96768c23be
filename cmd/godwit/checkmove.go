package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// maxActivity is how long a Move may be, in bytes.
const maxActivity = 1 << 20

func checkMoveCommand() command {
	return command{
		name:    "check-move",
		args:    "FILE [-json] [-trust HOST:PORT]...",
		summary: "verify a Move activity against both accounts, as they are now",
		about: `
FILE holds the activity, at most 1 MiB of it; - is standard input. A file carries no signature of a
request, so the Move is taken as signed by the actor that it names: what is
checked is all the rest, as strictly as a server on godwit checks it. Nobody is
followed and nothing is sent.

The exit status is 0 if the Move holds; 3 if it must be ignored, as one that is
no JSON must ("refused: malformed"), or if the old account does not confirm it;
5 if an account is hidden from strangers; and 1 if an account cannot be read for
another reason ("deferred", which is no refusal), or FILE cannot ("read the
Move").`,
		examples: []string{
			"godwit check-move move.json",
			"godwit check-move - -json < move.json",
		},
		run: checkMove,
	}
}

// A judgement is what check-move prints for machines.
type judgement struct {
	Outcome  move.Outcome `json:"outcome,omitempty"`
	Old      vocab.IRI    `json:"old,omitempty"`
	New      vocab.IRI    `json:"new,omitempty"`
	SignedBy vocab.IRI    `json:"takenAsSignedBy,omitempty"`
	failure
}

func checkMove(ctx context.Context, c *call) error {
	flags := c.networkFlags()
	c.jsonFlag(flags)
	args, err := c.parse(flags, 1, 1)
	if err != nil {
		return err
	}
	activity, err := c.readActivity(args[0])
	if err != nil {
		return err
	}
	sender := activity.IRI(vocab.Actor)
	signature := &actor.Signature{Owner: sender, At: time.Now()}
	verified, err := move.Verify(ctx, c.client(), move.Delivery{Activity: activity, Signature: signature}, nil)
	conclusion := conclude(err)
	if c.json {
		return errors.Join(conclusion, c.printJSON(judge(sender, verified, err)))
	}
	if conclusion != nil {
		return conclusion
	}
	fmt.Fprintf(c.stdout, "%s has moved to %s\n", printable(nameOf(verified)), printable(string(verified.New)))
	fmt.Fprintf(c.stdout, "taken as signed by %s: a file carries no signature\n", printable(string(sender)))
	return nil
}

func (c *call) readActivity(name string) (*vocab.Object, error) {
	in := c.stdin
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("read the Move: %w", err)
		}
		defer file.Close()
		in = file
	}
	data, err := io.ReadAll(io.LimitReader(in, maxActivity+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the Move: %w", err)
	case len(data) > maxActivity:
		return nil, refuse(move.TooLarge, fmt.Errorf("refused: %s: %s is longer than %d bytes", move.TooLarge, name, maxActivity))
	}
	activity, err := vocab.Parse(data)
	if err != nil {
		return nil, refuse(move.Malformed, fmt.Errorf("refused: %s: %s is no JSON document: %w", move.Malformed, name, err))
	}
	return activity, nil
}

func refuse(reason move.Reason, err error) error {
	return &exitError{status: statusRefused, reason: string(reason), err: err}
}

// nameOf is how a person knows the old account.
func nameOf(m *move.Move) string {
	if m.OldActor != nil {
		if name := m.OldActor.Text(vocab.Username); name != "" {
			return name
		}
	}
	return string(m.Old)
}

// conclude tells a refusal from an account that nobody confirms and from one
// that cannot be read.
func conclude(err error) error {
	refused, isRefused := errors.AsType[*move.RefusedError](err)
	deferred, isDeferred := errors.AsType[*move.DeferredError](err)
	switch {
	case isRefused:
		return &exitError{statusRefused, refused.Hint(), string(refused.Reason), fmt.Errorf("refused: %s", refused.Reason)}
	case isDeferred && deferred.Err == nil:
		hint := deferred.Reason.Hint(deferred.Old, deferred.New)
		return &exitError{statusRefused, hint, string(deferred.Reason), fmt.Errorf("not confirmed: %s", deferred.Reason)}
	case isDeferred:
		return deferral(deferred)
	}
	return explain(err)
}

// deferral is a Move of which nothing can be said, as a document cannot be had.
func deferral(deferred *move.DeferredError) error {
	f, status := failureOf(explain(deferred.Err))
	return &exitError{status, f.Hint, string(deferred.Reason), fmt.Errorf("deferred: %w", deferred.Err)}
}

func judge(sender vocab.IRI, verified *move.Move, err error) judgement {
	refused, isRefused := errors.AsType[*move.RefusedError](err)
	deferred, isDeferred := errors.AsType[*move.DeferredError](err)
	j := judgement{SignedBy: sender}
	j.failure, _ = failureOf(conclude(err))
	switch {
	case err == nil:
		j.Outcome, j.Old, j.New = move.Accept, verified.Old, verified.New
	case isRefused:
		j.Outcome, j.Old, j.New = move.Refuse, refused.Old, refused.New
	case isDeferred:
		j.Outcome, j.Old, j.New = move.Defer, deferred.Old, deferred.New
	}
	return j
}
