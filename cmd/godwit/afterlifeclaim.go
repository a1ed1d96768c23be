package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"codeberg.org/godwit/godwit/portability/afterlife"
	"codeberg.org/godwit/godwit/vocab"
)

// claim says where an account went.
func (j *afterlifeJob) claim(ctx context.Context, d *opened, account, to vocab.IRI) error {
	if (j.followers == "") != (len(j.keys) == 0) {
		return usageError{j.c.command, "to send the Move, give both -key and -followers"}
	}
	network, keys, err := j.network(d)
	if err != nil {
		return err
	}
	if j.followers != "" && keys[account] == nil {
		return usageError{j.c.command, "-key is for another account"}
	}
	secret, err := j.c.readSecret("secret: ")
	if err != nil {
		return err
	}
	document, err := d.claims.Claim(ctx, d.door, d.tombstones, network, afterlife.Claim{Account: account, New: to, Secret: secret})
	if err != nil {
		return explainClaim(err)
	}
	out := claimed{Account: account, MovedTo: to}
	if j.followers != "" {
		if out.Sent, out.Failed, err = j.sendMove(ctx, d, network, account, document); err != nil {
			return err
		}
	}
	if j.c.json {
		return j.c.printJSON(out)
	}
	fmt.Fprintf(j.c.stdout, "%s now says that it moved to %s\n", printable(string(account)), printable(string(to)))
	if j.followers != "" {
		fmt.Fprintf(j.c.stdout, "sent       %d inboxes took the Move, %d did not\n", out.Sent, out.Failed)
	}
	return nil
}

// claimed is what claim prints.
type claimed struct {
	Account vocab.IRI `json:"account"`
	MovedTo vocab.IRI `json:"movedTo"`
	Sent    int       `json:"sent,omitzero"`
	Failed  int       `json:"failed,omitzero"`
}

func explainClaim(err error) error {
	switch {
	case errors.Is(err, afterlife.ErrGone):
		return &exitError{status: statusRefused, reason: "forgotten", err: err}
	case errors.Is(err, afterlife.ErrSecret):
		return &exitError{status: statusRefused, reason: "wrong-secret", err: err, hint: "who runs the server makes a new one with godwit afterlife secret"}
	case errors.Is(err, afterlife.ErrNotClaimed):
		return &exitError{status: statusRefused, reason: "not-linked", err: err, hint: "add the old account as an alias at the new one"}
	case errors.Is(err, afterlife.ErrNotActor):
		return &exitError{status: statusRefused, reason: "wrong-type", err: err, hint: "give the id of the new account, as its server has it"}
	}
	return explain(err)
}

// readSecret reads a line that nobody else should see: unseen from a terminal, else
// from standard input.
func (c *call) readSecret(prompt string) (string, error) {
	if f, ok := c.stdin.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		fmt.Fprint(c.stderr, prompt)
		secret, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(c.stderr)
		return strings.TrimSpace(string(secret)), err
	}
	line, err := bufio.NewReader(io.LimitReader(c.stdin, 1<<10)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return strings.TrimSpace(line), nil
}
