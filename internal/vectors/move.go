package vectors

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
	"codeberg.org/godwit/godwit/vocab/ldsig"
)

// mostSteps is how often one step of a story may find something due, which
// keeps an engine that never comes to rest from hanging a test.
const mostSteps = 10_000

// runMove tells a story to a [move.Receiver], over the real client, and
// compares what it concludes and does with what the story expects.
func runMove(ctx context.Context, data []byte) error {
	return runStory(ctx, data, (*move.Receiver).Receive)
}

// runTaken is runMove for a server that takes Moves in, and examines them
// after it has answered.
func runTaken(ctx context.Context, data []byte) error {
	return runStory(ctx, data, (*move.Receiver).Take)
}

// An inbox is how a server hands in what it was sent.
type inbox func(*move.Receiver, context.Context, move.Delivery) (move.Verdict, error)

func runStory(ctx context.Context, data []byte, handIn inbox) error {
	s, err := readStory(data)
	if err != nil {
		return err
	}
	t, err := newTelling(ctx, s, handIn)
	if err != nil {
		return err
	}
	for i := range s.Steps {
		if err := t.step(ctx, &s.Steps[i]); err != nil {
			return fmt.Errorf("step %d: %w", i+1, err)
		}
	}
	return nil
}

// telling is a story that is being told: the world, one server in it, and what
// that server concluded so far.
type telling struct {
	story     *story
	peers     *Peers
	memory    *actor.MapMemory
	store     *move.Memory
	relations *relations
	options   move.ReceiverOptions
	ours      map[string]bool
	handIn    inbox

	// What does not survive a crash.
	client   *client.Client
	keyring  *keyring
	receiver *move.Receiver

	last     move.Verdict // about the last Move delivered
	old, new vocab.IRI    // of the last Move accepted, or delivered if none was
}

func newTelling(ctx context.Context, s *story, handIn inbox) (*telling, error) {
	t := &telling{
		story: s, peers: NewPeers(s.Now), memory: actor.NewKeyMemory(),
		store: move.NewMemory(), relations: newRelations(s.Followers), ours: map[string]bool{}, handIn: handIn,
	}
	if err := t.peers.Set(s.Peers); err != nil {
		return nil, err
	}
	if err := t.choose(); err != nil {
		return nil, err
	}
	t.start(nil)
	if err := t.keyring.hold(ctx, s); err != nil {
		return nil, err
	}
	return t, t.remember(ctx)
}

// choose sets the options of the story.
func (t *telling) choose() error {
	o := t.story.Options
	t.options.Discover = o.Discover
	t.options.Rules = move.Rules{
		Ours:    func(id vocab.IRI) bool { return t.ours[id.Origin()] },
		Blocked: func(_ context.Context, id vocab.IRI) (bool, error) { return slices.Contains(o.Blocked, id.Host()), nil },
		Suspended: func(_ context.Context, id vocab.IRI) (bool, error) {
			return slices.Contains(o.Blocked, string(id)), nil
		},
		Keys: t.memory,
		Now:  t.peers.Now,
	}
	if o.LDSignatures {
		t.options.Rules.LDSignature = ldsig.Verify
	}
	switch o.Mode {
	case "", "strict":
	case "lenient":
		t.options.Rules.Lenient = true
	case "pull":
		t.options.Rules.Pull = true
	default:
		return fmt.Errorf("read vector: no such mode: %q", o.Mode)
	}
	if o.Ours != nil {
		for _, origin := range *o.Ours {
			t.ours[origin.Origin()] = true
		}
	} else {
		for _, f := range t.story.Followers {
			t.ours[f.ID.Origin()] = true
		}
	}
	if o.Window == "" {
		return nil
	}
	var err error
	t.options.Window, err = time.ParseDuration(o.Window)
	return err
}

// start starts the server's process, or another one after a crash.
func (t *telling) start(held []actor.Key) {
	t.options.Concluded = t.forget
	t.client = client.New(&client.Options{Transport: t.peers, Clock: t.peers.Now, Memory: t.memory})
	t.keyring = &keyring{peers: t.peers, client: t.client, memory: t.memory, held: held}
	t.receiver = move.NewReceiver(t.client, t.store, t.relations, &t.options)
}

// remember puts into the server's stores what it knew before the first step.
func (t *telling) remember(ctx context.Context) error {
	for _, o := range t.story.Outages {
		if err := t.memory.Reached(ctx, o.Origin, o.From, false); err != nil {
			return err
		}
		if err := t.memory.Reached(ctx, o.Origin, o.To, true); err != nil {
			return err
		}
	}
	generations := map[[2]vocab.IRI]int{}
	for _, m := range t.story.History {
		pair := [2]vocab.IRI{m.Old, m.New}
		generations[pair]++
		c := move.Case{
			ID:   move.CaseID(move.In, m.Old, m.New, generations[pair]),
			Side: move.In, Old: m.Old, New: m.New, Claimed: m.New, Generation: generations[pair], Opened: m.At, Begun: m.At,
		}
		own := move.Step{Case: c.ID, Side: move.In, Host: m.Old.Host(), State: move.Settled, Since: m.At}
		if _, _, _, err := t.store.Begin(ctx, c, own, m.At.Add(time.Nanosecond)); err != nil {
			return err
		}
		if m.Cancelled.IsZero() {
			continue
		}
		if err := t.store.Cancel(ctx, c.ID, m.Cancelled); err != nil {
			return err
		}
	}
	return nil
}

// step tells one step: what fell due before it, the change of the world, the
// delivery or the event, and what is due at once because of it.
func (t *telling) step(ctx context.Context, s *storyStep) error {
	if err := t.work(ctx, s.At); err != nil {
		return err
	}
	t.peers.Advance(s.At)
	if err := t.peers.Set(s.Peers); err != nil {
		return err
	}
	concluded := t.last
	var err error
	switch {
	case s.Deliver != nil:
		concluded, err = t.deliver(ctx, s)
	case len(s.Event) > 0:
		err = t.event(ctx, s.Event)
	}
	if err != nil {
		return err
	}
	if undecided(concluded) {
		// Answers may take their time, which the work below is to see.
		if err := t.work(ctx, t.peers.Now()); err != nil {
			return err
		}
	}
	if err := t.work(ctx, t.peers.Now()); err != nil {
		return err
	}
	if s.Deliver == nil || undecided(concluded) {
		if concluded, err = t.standing(ctx); err != nil {
			return err
		}
	}
	return errors.Join(s.compare(concluded), s.compareEffects(t.relations.takeEffects()))
}

// undecided reports whether a Move was taken in, and no more: what became of
// it is known after the work that was due at once.
func undecided(v move.Verdict) bool { return v.Outcome == move.Defer && v.Reason == "" }

// work does all that is due by a time, each at its own time.
func (t *telling) work(ctx context.Context, by time.Time) error {
	for range mostSteps {
		next, err := t.receiver.Next(ctx)
		if err != nil || next.IsZero() || next.After(by) {
			return err
		}
		t.peers.Advance(next)
		if _, err := t.receiver.Work(ctx); err != nil {
			return err
		}
	}
	return fmt.Errorf("the engine does not come to rest")
}

// deliver hands in an activity as an inbox would.
func (t *telling) deliver(ctx context.Context, s *storyStep) (move.Verdict, error) {
	activity, err := vocab.Parse([]byte(*s.Deliver))
	if err != nil {
		return move.Verdict{Outcome: move.Refuse, Reason: move.Malformed}, nil
	}
	received := t.peers.Now()
	v, err := t.keyring.verify(ctx, s)
	if err != nil {
		return move.Verdict{}, err
	}
	own := v != nil && v.Owner == activity.IRI(vocab.Actor)
	if own && t.client.Seen(activity.ID(), []byte(*s.Deliver)) {
		return move.Verdict{Outcome: move.Noop}, nil
	}
	verdict, err := t.receive(ctx, activity, v, received)
	if err != nil {
		return verdict, err
	}
	if verdict.Outcome == move.Refuse {
		t.client.Forget(activity.ID(), []byte(*s.Deliver))
	}
	if activity.Is("Move") && verdict.Outcome != move.Noop {
		t.conclude(verdict)
	}
	return verdict, nil
}

func (t *telling) receive(ctx context.Context, activity *vocab.Object, v *client.Verified, received time.Time) (move.Verdict, error) {
	d := move.Delivery{Activity: activity}
	if v == nil {
		return t.handIn(t.receiver, ctx, d)
	}
	if t.ours[v.Owner.Origin()] && activity.IRI(vocab.Actor) == v.Owner {
		return t.receiver.ReceiveLocal(ctx, activity)
	}
	if ofItself(activity, v.Owner) {
		if _, err := t.client.Introduced(ctx, v, activity); err != nil {
			return move.Verdict{}, err
		}
		// A server that is told of a change reads the actor again. That this
		// fails concerns nobody here.
		_, _ = t.client.FetchFresh(ctx, v.Owner)
	}
	d.Signature = &actor.Signature{
		Owner: v.Owner, KeyID: v.KeyID, Fingerprint: v.Key.Fingerprint(), At: v.At, Received: received,
	}
	return t.handIn(t.receiver, ctx, d)
}

// ofItself reports whether an activity is an Update of an actor by itself.
func ofItself(activity *vocab.Object, owner vocab.IRI) bool {
	return activity.Is("Update") && activity.IRI(vocab.Actor) == owner && activity.IRI(vocab.ObjectProperty) == owner
}

// forget lets a Move that was refused after all be sent once more.
func (t *telling) forget(ctx context.Context, verdict move.Verdict) {
	if verdict.Outcome != move.Refuse {
		return
	}
	if c, err := t.store.Case(ctx, verdict.Case); err == nil {
		if activity, err := vocab.Parse(c.Activity); err == nil {
			t.client.Forget(activity.ID(), c.Activity)
		}
	}
}

func (t *telling) conclude(verdict move.Verdict) {
	t.last = verdict
	if verdict.Outcome == move.Accept || t.old == "" {
		t.old, t.new = verdict.Old, verdict.New
	}
}

// standing is what is concluded by now about the last Move delivered.
func (t *telling) standing(ctx context.Context) (move.Verdict, error) {
	verdict := t.last
	if verdict.Case == "" {
		return verdict, nil
	}
	c, err := t.store.Case(ctx, verdict.Case)
	if err != nil {
		return verdict, err
	}
	own, err := t.store.Find(ctx, c.ID, "")
	if err != nil {
		return verdict, err
	}
	verdict.New, verdict.Reason = c.New, own.Reason
	switch {
	case !c.Begun.IsZero():
		verdict.Outcome, verdict.Reason = move.Accept, ""
		t.conclude(verdict)
	case own.State == move.Unconfirmed:
		verdict.Outcome = move.Unconfirm
	case own.State == move.Held:
		verdict.Outcome = move.Hold
	case own.State == move.Deferred:
		verdict.Outcome = move.Defer
	default:
		verdict.Outcome = move.Refuse
	}
	return verdict, nil
}
