package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"golang.org/x/time/rate"

	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/portability/afterlife"
)

// checkOnce asks the new places, and prints what came of it.
func (j *afterlifeJob) checkOnce(ctx context.Context, d *opened) error {
	network, _, err := j.network(d)
	if err != nil {
		return err
	}
	found, err := checkPlaces(ctx, d, network)
	if err != nil {
		return err
	}
	if j.c.json {
		return j.c.printJSON(found)
	}
	printDoubts(j.c.stdout, found)
	_, err = fmt.Fprintf(j.c.stdout, "accounts   %d asked\nposts      %d asked, %d forgotten\nfailed     %d\n",
		found.Accounts, found.Asked, found.Forgotten, found.Failed)
	return err
}

// checkPlaces asks the new places, one a second.
func checkPlaces(ctx context.Context, d *opened, network *client.Client) (afterlife.Checked, error) {
	pace := rate.NewLimiter(1, 1)
	return afterlife.Check(ctx, d.door, d.tombstones, network, &afterlife.CheckOptions{Wait: pace.Wait, Claims: d.claims})
}

// printDoubts says whose new place does not say that it is theirs.
func printDoubts(w io.Writer, found afterlife.Checked) {
	for _, one := range found.Doubted {
		fmt.Fprintf(w, "doubted    %s leads to %s: %s\n", printable(string(one.Account)), printable(string(one.New)), one.Reason)
	}
}

// checks asks the new places now and then, while the door file is served.
func (j *afterlifeJob) checks(d *opened, network *client.Client) func(context.Context) {
	return func(ctx context.Context) {
		if j.check <= 0 {
			return
		}
		every(ctx, j.check, func() {
			found, err := checkPlaces(ctx, d, network)
			printDoubts(j.c.stderr, found)
			if err != nil && ctx.Err() == nil {
				sayError(j.c.stderr, err)
			}
		})
	}
}

func every(ctx context.Context, d time.Duration, do func()) {
	ticker := time.NewTicker(d)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			do()
		}
	}
}
