package backup

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// mostElement is the largest element that is written: readers refuse larger ones.
const mostElement = 16 << 20

// Put implements [portability.Sink]. Items are written down as they will stand in
// the archive; those of one kind keep the order in which they are put.
//
// An item ends as Changed, for SecretWithheld, where the private half of a key is
// left out of it, for HiddenRecipients where bto or bcc are, and for MissingMedia, or
// what its problems say, where a file that it uses was not put. Items of the inbox have no place without
// recipients. Of an increment, what the base has is AlreadyThere.
func (w *Writer) Put(ctx context.Context, items []portability.Item) ([]portability.Result, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := errors.Join(ctx.Err(), w.usable()); err != nil {
		return nil, fmt.Errorf("put items: %w", err)
	}
	if err := w.loadBase(ctx); err != nil {
		return nil, fmt.Errorf("put items: %w", err)
	}
	b := batch{w: w, texts: map[string][]byte{}, found: map[tableKey]value{}, counts: counts{}}
	results := make([]portability.Result, len(items))
	for i, item := range items {
		var err error
		if results[i], err = b.put(item); err != nil {
			return nil, fmt.Errorf("put items: %w", err)
		}
	}
	if err := b.write(); err != nil {
		return nil, fmt.Errorf("put items: %w", err)
	}
	return results, nil
}

// A batch is what one call of Put is going to write: all of it, or nothing.
type batch struct {
	w       *Writer
	texts   map[string][]byte // by spool
	found   map[tableKey]value
	order   []tableKey // of found
	counts  counts
	actor   *vocab.Object
	recount bool
}

func (b *batch) put(item portability.Item) (portability.Result, error) {
	switch p, fatal := item.Fatal(); {
	case fatal:
		return b.end(item, portability.Failed, p.Reason)
	case !item.Kind.Known():
		return b.end(item, portability.Skipped, portability.NoPlace)
	case item.ID == "":
		return b.end(item, portability.Failed, portability.NoID)
	case item.Object == nil && len(item.Raw) == 0 && item.Kind != portability.Media:
		return b.end(item, portability.Failed, portability.Unreadable)
	case item.Kind == portability.Inbox && len(b.w.options.InboxRecipients) == 0:
		return b.end(item, portability.Skipped, portability.NoPlace)
	}
	fits, err := fit(item)
	if err != nil {
		return portability.Result{}, err
	}
	if fits.state == portability.Skipped {
		return b.end(item, fits.state, fits.reason)
	}
	item = fits.Item
	sum := b.w.sumOf(item)
	before, there, err := b.look(keyOfItem(item.Ref))
	switch {
	case err != nil:
		return portability.Result{}, err
	case there:
		return b.again(item, before, sum)
	}
	inBase, err := b.w.base.has(item, sum)
	if err != nil {
		return portability.Result{}, err
	}
	if inBase {
		b.remember(keyOfItem(item.Ref), value{sum: sum, spool: nowhere})
		b.counts.add("base", item.Kind)
		return b.result(item, portability.Skipped, portability.AlreadyThere), nil
	}
	return b.store(fits, sum)
}

// again is the end of an item whose name was put before.
func (b *batch) again(item portability.Item, before value, sum contentSum) (portability.Result, error) {
	same := before.sum == sum
	if !same && before.spool != nowhere && item.Object != nil {
		o, err := b.stored(item.Kind, before)
		if err != nil {
			return portability.Result{}, err
		}
		same = sameObject(o, item.Object)
	}
	if same {
		return b.result(item, portability.Skipped, portability.AlreadyThere), nil
	}
	return b.end(item, portability.Conflicting, portability.Differs)
}

// store writes an item down that is new.
func (b *batch) store(fits fitted, sum contentSum) (portability.Result, error) {
	item, state, reason := fits.Item, fits.state, fits.reason
	spool, text, err := b.place(item)
	switch {
	case err != nil:
		return portability.Result{}, err
	case spool == "":
		return b.end(item, portability.Skipped, portability.NoPlace)
	case len(text) > mostElement:
		return b.end(item, portability.Failed, portability.TooLarge)
	}
	missing, err := b.uses(item)
	if err != nil {
		return portability.Result{}, err
	}
	if missing != "" && state == portability.Copied {
		state, reason = portability.Changed, missing
	}
	number := spoolNumber(spool)
	if spool == factsSpool {
		number = nowhere
	}
	b.remember(keyOfItem(item.Ref), value{sum: sum, spool: number, at: b.w.endOf(spool) + int64(len(b.texts[spool]))})
	if spool == factsSpool {
		b.texts[spool] = append(b.texts[spool], text...)
	} else {
		b.counts.add("records", spool)
		b.texts[spool] = appendRecord(b.text(spool), record{at: published(item), text: text})
	}
	b.count(item, missing)
	if state != portability.Copied {
		b.counts.add("changed", item.Kind, reason)
		b.note(item.Ref, state, reason)
	}
	return b.result(item, state, reason), nil
}

// mostSpare is how much of a batch is kept to be written over by the next.
const mostSpare = 1 << 20

// text is what the batch has for a spool.
func (b *batch) text(spool string) []byte {
	if text := b.texts[spool]; text != nil {
		return text
	}
	spare := b.w.spare[spool]
	delete(b.w.spare, spool)
	return spare[:0]
}

// place says in which spool an item goes, and with what text; "" where it has no
// place.
func (b *batch) place(item portability.Item) (string, []byte, error) {
	switch {
	case item.Kind == portability.Media:
		return b.placeMedium(item)
	case item.Kind == portability.Unknown || item.Object == nil:
		return string(portability.Unknown), unknownLine(item), nil
	case item.Kind == portability.Actor:
		if b.hasActor() {
			return "", nil, nil
		}
		b.setActor(item.Object)
	}
	text, err := element(item)
	return string(item.Kind), text, err
}

func (b *batch) hasActor() bool { return b.w.actor != nil || b.actor != nil }

// setActor takes note of the account. Audiences that were counted before it was
// known are counted again at the end.
func (b *batch) setActor(o *vocab.Object) {
	b.actor = o
	b.recount = b.w.endOf(string(portability.Content))+b.w.endOf(string(portability.Outbox)) > 0 || len(b.texts) > 0
}

func (b *batch) readership() portability.Readership {
	if b.actor != nil {
		return portability.ReadershipOf(b.actor)
	}
	return portability.ReadershipOf(b.w.actor)
}

// count counts an item that is stored.
func (b *batch) count(item portability.Item, missing portability.Reason) {
	b.counts.add("items", item.Kind)
	for _, p := range item.Problems {
		b.counts.add("problems", item.Kind, p.Reason)
	}
	if missing != "" && !slices.ContainsFunc(item.Problems, func(p portability.Problem) bool { return p.Reason == missing }) {
		b.counts.add("problems", item.Kind, missing)
	}
	if item.Object != nil && hasAudience(item.Kind) {
		b.counts.audience(b.readership(), item)
	}
}

// end is the end of an item that is not stored. It is counted once, however often
// the item comes.
func (b *batch) end(item portability.Item, state portability.State, reason portability.Reason) (portability.Result, error) {
	once := keyOfItem(portability.Ref{Kind: "ended " + item.Kind + " " + portability.Kind(reason), ID: item.ID})
	_, counted, err := b.look(once)
	if err != nil {
		return portability.Result{}, err
	}
	if !counted || item.ID == "" {
		b.remember(once, value{spool: nowhere})
		b.remember(keyOfCame(item.Ref), value{spool: nowhere})
		b.counts.add(string(state), item.Kind, reason)
		b.note(item.Ref, state, reason)
	}
	return b.result(item, state, reason), nil
}

func (b *batch) result(item portability.Item, state portability.State, reason portability.Reason) portability.Result {
	return portability.Result{Ref: item.Ref, State: state, Reason: reason}
}

// mostNotes is how many items the report lists that did not end as copied, and
// mostNoteBytes how much that may be: ids are as long as who made them wants.
const mostNotes, mostNoteBytes = 10_000, 4 << 20

// note lists an item in the report.
func (b *batch) note(ref portability.Ref, state portability.State, reason portability.Reason) {
	bytes := b.w.endOf(notesSpool) + int64(len(b.texts[notesSpool])+len(ref.ID))
	if b.counts["notes"]+b.w.Counts["notes"] >= mostNotes || bytes > mostNoteBytes {
		b.counts["notes not listed"]++
		return
	}
	b.counts["notes"]++
	line := fmt.Appendf(nil, `{"kind":%s,"id":%s,"state":%s,"reason":%s}`,
		quote(string(ref.Kind)), quote(ref.ID), quote(string(state)), quote(string(reason)))
	b.texts[notesSpool] = appendRecord(b.texts[notesSpool], record{at: unknownTime, text: line})
}

func (b *batch) look(k tableKey) (value, bool, error) {
	if v, there := b.found[k]; there {
		return v, true, nil
	}
	return b.w.known.look(k)
}

func (b *batch) remember(k tableKey, v value) {
	if _, there := b.found[k]; !there {
		b.order = append(b.order, k)
	}
	b.found[k] = v
}

// stored reads a document that was put before.
func (b *batch) stored(k portability.Kind, v value) (*vocab.Object, error) {
	name := spoolNamed(v.spool)
	s, err := b.w.spool(name)
	if err != nil {
		return nil, err
	}
	var data []byte
	if v.at < s.end {
		r := recordsAt(s, v.at)
		if _, _, err := r.peek(); err != nil {
			return nil, err
		}
		data, err = r.text()
	} else {
		r := b.texts[name][v.at-s.end:]
		data = r[recordHead:][:binary.BigEndian.Uint32(r)]
	}
	if err != nil {
		return nil, err
	}
	return unbare(k, data)
}

// write writes the batch down. Where that fails nothing of it counts.
func (b *batch) write() error {
	w := b.w
	ends := map[*spool]int64{}
	undo := func(err error) error {
		for s, end := range ends {
			s.end = end
		}
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(b.texts)) {
		s, err := w.spool(name)
		if err != nil {
			return undo(err)
		}
		ends[s] = s.end
		if _, err := s.append(b.texts[name]); err != nil {
			return undo(err)
		}
		w.unsaved += int64(len(b.texts[name]))
	}
	maps.DeleteFunc(b.texts, func(_ string, text []byte) bool { return cap(text) > mostSpare })
	w.spare = b.texts
	for _, k := range b.order {
		if err := w.known.put(k, b.found[k]); err != nil {
			w.broken = undo(err) // what was put into the table cannot be taken out
			return w.broken
		}
	}
	b.settle()
	return nil
}

// settle takes over what the batch knew.
func (b *batch) settle() {
	w := b.w
	for name, n := range b.counts {
		w.Counts[name] += n
	}
	if b.actor != nil {
		w.actor = b.actor
	}
	w.Recount = w.Recount || b.recount
	w.Assembling = false
}

// sumOf hashes what an item says, as it will stand in the archive. For an
// increment the canonical form counts, as the base may have another, and the
// activity around the item too: it has a say in who may read it.
func (w *Writer) sumOf(item portability.Item) contentSum {
	data := item.Raw
	if item.Object != nil {
		data = item.Object.Value().Raw()
		if w.options.Base != nil || item.Kind == portability.Media {
			data = canonicalOr(data)
		}
		if w.options.Base != nil && item.Activity != nil {
			data = append(slices.Clip(data), canonicalAround(item.Activity)...)
		}
	}
	sum := sha256.Sum256(data)
	return contentSum(sum[:len(contentSum{})])
}

// canonicalAround is an activity without its object.
func canonicalAround(activity *vocab.Object) []byte {
	alone, err := activity.Without(vocab.ObjectProperty)
	if err != nil {
		alone = activity
	}
	return canonicalOr(alone.Value().Raw())
}

// canonicalOr is the canonical form of a document that has one.
func canonicalOr(data []byte) []byte {
	if canonical, err := actor.Canonical(data); err == nil {
		return canonical
	}
	return data
}
