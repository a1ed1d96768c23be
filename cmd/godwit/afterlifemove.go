package main

import (
	"context"
	"database/sql"
	"errors"
	"iter"
	"net/url"
	"time"

	_ "modernc.org/sqlite" // keeps what is known of each inbox

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/internal/scratch"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/move/movesql"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// sendMove tells the servers of all followers that an account moved. What is known of
// each lies in a file beside the door file, so that it can be gone on with. A server
// that does not answer is tried for ten minutes here; after that, the command ends as
// one that goes on when it is run again.
func (j *afterlifeJob) sendMove(ctx context.Context, d *opened, network *client.Client, account vocab.IRI, to *vocab.Object) (sent, failed int, err error) {
	from, err := j.open(ctx, j.c, j.followers)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	file := url.URL{Path: d.path + ".moves"}
	db, err := sql.Open("sqlite", "file:"+file.EscapedPath()+"?_pragma=journal_mode(WAL)&_pragma=busy_timeout(5000)")
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	store, err := movesql.Open(ctx, db)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	own := served{network, d}
	a := move.NewAnnouncer(own, network, store, departed{own, from}, &move.AnnouncerOptions{Hold: -1})
	return j.announce(ctx, a, own, account, to)
}

// announce sends the Move, and counts what is known of the inboxes.
func (j *afterlifeJob) announce(ctx context.Context, a *move.Announcer, own served, account vocab.IRI, to *vocab.Object) (sent, failed int, err error) {
	old, err := own.Fetch(ctx, account)
	if err != nil {
		return 0, 0, err
	}
	announcement, err := move.New(old, to, nil)
	if err != nil {
		return 0, 0, explainDeparture(err)
	}
	departing, err := a.Depart(ctx, move.Departure{Announcement: *announcement})
	if err != nil {
		return 0, 0, explainDeparture(err)
	}
	left := sendDue(ctx, a)
	for entry, err := range a.Ledger(ctx, departing.Case, "") {
		switch {
		case err != nil:
			return sent, failed, err
		case entry.Status/100 == 2:
			sent++
		default:
			failed++
		}
	}
	return sent, failed, left
}

// explainDeparture says why a Move is not sent.
func explainDeparture(err error) error {
	refused, is := errors.AsType[*move.RefusedError](err)
	switch {
	case is && refused.Reason == move.Cooldown:
		return &exitError{status: statusRefused, reason: string(refused.Reason), err: err, hint: "the account's Move was sent already; servers ignore another for a week"}
	case is:
		return &exitError{status: statusRefused, reason: string(refused.Reason), err: err}
	}
	return explain(err)
}

// sendDue sends until nothing is left that will be tried within ten minutes.
func sendDue(ctx context.Context, a *move.Announcer) error {
	for {
		if _, err := a.Work(ctx); err != nil {
			return err
		}
		next, err := a.Next(ctx)
		wait := time.Until(next)
		switch {
		case err != nil || next.IsZero():
			return err
		case wait > 10*time.Minute:
			return &exitError{status: statusContinue, err: errors.New("some servers do not answer"), hint: "run the same command again later"}
		}
		timer := time.NewTimer(max(0, wait))
		select {
		case <-ctx.Done():
			timer.Stop()
			return &exitError{status: statusContinue, err: errors.New("interrupted"), hint: "run the same command again to go on"}
		case <-timer.C:
		}
	}
}

// A served fetches: the accounts of the door file from there, for the network would
// ask this very server.
type served struct {
	*client.Client
	d *opened
}

func (s served) Fetch(ctx context.Context, id vocab.IRI) (*vocab.Object, error) {
	if o, err := s.d.door.Actor(id, s.d.claims); err == nil {
		return o, nil
	}
	return s.Client.Fetch(ctx, id)
}

func (s served) FetchFresh(ctx context.Context, id vocab.IRI) (*vocab.Object, error) {
	if o, err := s.d.door.Actor(id, s.d.claims); err == nil {
		return o, nil
	}
	return s.Client.FetchFresh(ctx, id)
}

// A departed is a [move.Home] for an account whose followers stand in an archive.
type departed struct {
	served
	from portability.Source
}

// Point has nothing to do: the claim has made the document say so.
func (departed) Point(context.Context, vocab.IRI, vocab.IRI) error { return nil }

// Recipients implements [move.Home].
func (h departed) Recipients(ctx context.Context, _, after vocab.IRI) iter.Seq2[move.Recipient, error] {
	return askFollowers(ctx, h, h.from, after)
}

// askFollowers asks the server of each follower in an export for the inbox, in the
// order of their ids. Who cannot be asked is left out: their server is gone, or they
// are.
func askFollowers(ctx context.Context, f actor.Fetcher, from portability.Source, after vocab.IRI) iter.Seq2[move.Recipient, error] {
	return func(yield func(move.Recipient, error) bool) {
		folder, err := scratch.New("")
		if err != nil {
			yield(move.Recipient{}, err)
			return
		}
		sorter := folder.Sorter()
		defer func() { _ = errors.Join(sorter.Close(), folder.Close()) }()
		for item, err := range from.Items(ctx, portability.Followers, "") {
			if err == nil && vocab.IRI(item.ID).IsHTTP() && item.ID > string(after) {
				err = sorter.Add([]byte(item.ID))
			}
			if err != nil {
				yield(move.Recipient{}, err)
				return
			}
		}
		askEach(ctx, f, sorter, yield)
	}
}

// askEach yields the followers that can be asked, in the order of their ids.
func askEach(ctx context.Context, f actor.Fetcher, ids *scratch.Sorter, yield func(move.Recipient, error) bool) {
	before := vocab.IRI("")
	for id, err := range ids.All() {
		if err != nil {
			yield(move.Recipient{}, err)
			return
		}
		if vocab.IRI(id) == before {
			continue
		}
		before = vocab.IRI(id)
		document, err := f.Fetch(ctx, before)
		if err != nil || document.IRI(vocab.Inbox) == "" {
			continue
		}
		r := move.Recipient{ID: before, Inbox: document.IRI(vocab.Inbox)}
		if endpoints := document.Child(vocab.Endpoints); endpoints != nil {
			r.SharedInbox = endpoints.IRI(vocab.SharedInbox)
		}
		if !yield(r, nil) {
			return
		}
	}
}
