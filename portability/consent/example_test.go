package consent_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/consent"
	"codeberg.org/godwit/godwit/vocab"
)

// A desk is where a small server binds the rules to its own pages: each method stands for
// one of them.
type desk struct {
	reception *consent.Reception
	store     *consent.Memory // sqlstore.Store, in a server that is to last
	copies    *portability.Engine
	archive   portability.Source // what the person has uploaded
	account   portability.Sink   // what the server keeps of them
}

func newDesk(archive portability.Source) *desk {
	d := &desk{store: consent.NewMemory(), archive: archive, account: portability.NewMemory(nil)}
	d.copies = portability.NewEngine(portability.NewMemoryStore(), d, nil)
	d.reception = consent.NewReception(d.store, &consent.ReceptionOptions{Taken: d.taken, Notify: d.mail})
	return d
}

// taken asks the table of accounts.
func (d *desk) taken(context.Context, []string) (map[string]bool, error) {
	return map[string]bool{"alice": true}, nil
}

// mail tells the person; a server would look up their addresses.
func (d *desk) mail(_ context.Context, n consent.Notice) error {
	fmt.Printf("mail to %s: %s %q\n", n.Person, n.Kind, n.Decision.Text)
	return nil
}

// Open hands out the ends of a copy.
func (d *desk) Open(context.Context, portability.Job) (portability.Source, portability.Sink, error) {
	return d.archive, d.account, nil
}

// settings is the administrator's page.
func (d *desk) settings(ctx context.Context) error {
	_, err := d.store.SetPolicy(ctx, consent.Policy{
		Who: consent.Anyone, BlockedDomains: []string{"spam.example"}, Approval: true, Quarantine: true, Accounts: 20, Items: 100_000,
	})
	return err
}

// arrive is the page where somebody signs up with their archive. It tells of a clash at once.
func (d *desk) arrive(ctx context.Context, cookie, name string) (consent.Reply, error) {
	doc, err := d.archive.Actor(ctx)
	if err != nil {
		return consent.Reply{}, err
	}
	sample, err := consent.TakeSample(ctx, d.archive, portability.Limits{}, 5)
	if err != nil {
		return consent.Reply{}, err
	}
	// consent.Prove would say whether the old actor names somebody here.
	return d.reception.Ask(ctx, consent.Asking{
		Asker: cookie, Old: doc, Name: name, Size: sample.Size, Standing: portability.Claimed,
	})
}

// waitingRoom is the moderators' page: who waits, and what they would bring.
func (d *desk) waitingRoom(ctx context.Context) error {
	for a, err := range d.store.Arrivals(ctx, consent.ArrivalFilter{State: consent.ArrivalWaiting}, "") {
		if err != nil {
			return err
		}
		fmt.Printf("waiting: %s as %s, %d items, because %s\n", a.Profile.Name, a.Name, a.Size.Items, a.Decision.Ground)
		sample, err := consent.TakeSample(ctx, d.archive, portability.Limits{}, 5)
		if err != nil {
			return err
		}
		for _, post := range sample.Posts {
			fmt.Printf("  %s\n", post.Text)
		}
		if _, err := d.reception.Approve(ctx, a.ID, "moderator", "Welcome!"); err != nil {
			return err
		}
	}
	return nil
}

// confirm is the link in the mail: the person who asked says yes once more, and the copy
// begins.
func (d *desk) confirm(ctx context.Context, cookie, id string) error {
	a, err := d.store.Arrival(ctx, id)
	switch {
	case err != nil:
		return err
	case !a.AskedBy(cookie):
		return errors.New("it was not you who asked")
	}
	reply, err := d.reception.Confirm(ctx, id, "")
	if err != nil || reply.Arrival.State != consent.ArrivalCopying {
		return err
	}
	account := vocab.IRI("https://new.example/users/" + reply.Arrival.Name)
	policy, err := d.store.Policy(ctx)
	if err != nil {
		return err
	}
	if _, err := d.copies.Begin(ctx, policy.Spec(reply.Arrival, account)); err != nil {
		return err
	}
	job, err := d.copies.Run(ctx, id)
	if err != nil || job.State != portability.JobDone {
		return fmt.Errorf("copy is %s: %w", job.State, err)
	}
	_, err = d.reception.Complete(ctx, id, account)
	return err
}

// release is the moderators' button, when they have looked at what came.
func (d *desk) release(ctx context.Context, id string) error {
	if _, err := d.copies.Release(ctx, id); err != nil {
		return err
	}
	return d.reception.Released(ctx, id)
}

// diary is the person's page: what was decided of them, and why.
func (d *desk) diary(ctx context.Context, person vocab.IRI) error {
	for decision, err := range d.store.Decisions(ctx, person, 0) {
		if err != nil {
			return err
		}
		fmt.Printf("%s: %s %q\n", decision.Matter, decision.Verdict, decision.Ground)
	}
	return nil
}

func ExampleReception() {
	ctx := context.Background()
	d := newDesk(aliceArchive(ctx))
	must(d.settings(ctx))

	const cookie = "oJ3kTq1bV8xF5mZ0" // random, in her browser
	reply, err := d.arrive(ctx, cookie, "")
	must(err)
	fmt.Println("alice:", reply.Decision.Ground, reply.Suggestions)
	reply, err = d.arrive(ctx, cookie, reply.Suggestions[0])
	must(err)
	must(d.waitingRoom(ctx))
	must(d.confirm(ctx, cookie, reply.Arrival.ID))
	must(d.release(ctx, reply.Arrival.ID))
	must(d.diary(ctx, "https://old.example/users/alice"))
	// Output:
	// alice: name-taken [alice_old alice2 alice3]
	// mail to https://old.example/users/alice: waiting ""
	// waiting: Alice A. as alice_old, 2 items, because unproved
	//   Hello & good morning
	// mail to https://old.example/users/alice: approved "Welcome!"
	// mail to https://old.example/users/alice: complete ""
	// name: refuse "name-taken"
	// arrival: ask "unproved"
	// arrival: allow "by-hand"
	// arrival: allow ""
	// arrival: allow ""
}

// The owner unlocks the account for one destination, and says a second word before
// what cannot be taken back.
func ExampleLock() {
	ctx := context.Background()
	store := consent.NewMemory()
	lock, err := consent.NewLock(store, store, &consent.LockOptions{
		Notify: func(_ context.Context, n consent.Notice) error {
			fmt.Println("mail:", n.Kind) // with a link that holds n.Token
			return nil
		},
	})
	must(err)
	const alice, new vocab.IRI = "https://old.example/users/alice", "https://new.example/users/alice"
	show := func(what string, d consent.Decision, err error) {
		must(err)
		fmt.Printf("%s: %s %q\n", what, d.Verdict, d.Ground)
	}

	grant, _, err := lock.Unlock(ctx, alice, consent.ToServer(new), 0)
	must(err)
	d, err := lock.MayCopy(ctx, alice, new)
	show("copy", d, err)
	d, err = lock.MayMove(ctx, alice, new, "move-1")
	show("move", d, err)
	d, err = lock.Confirm(ctx, grant.ID, new)
	show("confirm", d, err)
	d, err = lock.MayMove(ctx, alice, new, "move-1")
	show("move", d, err)
	// Output:
	// mail: unlocked
	// copy: allow ""
	// move: refuse "not-confirmed"
	// mail: confirmed
	// confirm: allow ""
	// move: allow ""
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func aliceArchive(ctx context.Context) portability.Source {
	m := portability.NewMemory(nil)
	for kind, text := range map[portability.Kind]string{
		portability.Actor: `{"id":"https://old.example/users/alice","type":"Person","preferredUsername":"alice","name":"Alice A."}`,
		portability.Content: `{"id":"https://old.example/notes/1","type":"Note","attributedTo":"https://old.example/users/alice",
			"published":"2026-01-02T03:04:05Z","to":"https://www.w3.org/ns/activitystreams#Public","content":"<p>Hello &amp; good morning</p>"}`,
	} {
		o, err := vocab.Parse([]byte(text))
		must(err)
		_, err = m.Put(ctx, []portability.Item{{Ref: portability.Ref{Kind: kind, ID: string(o.ID())}, Object: o}})
		must(err)
	}
	return m
}
