package portability

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
)

// CopyOptions adjusts [Copy]. A nil *CopyOptions is the same as a zero one.
type CopyOptions struct {
	// Kinds limits what is copied. Empty: everything that the source has.
	Kinds []Kind
	// After are positions to resume from, by kind, as last given to
	// Checkpoint. A kind without one begins at its start, and so does one whose
	// position no longer holds.
	After map[Kind]string
	// Checkpoint, if not nil, is called after every batch that is safely in
	// the sink, with the position behind it. Copy stops if it fails.
	Checkpoint func(k Kind, after string) error
	// Batch is how many items are put at once. Default 100; fewer where their
	// documents are large, so that about 8 MiB of them are held.
	Batch int
}

// batchBytes is how much the documents of a batch may be together, but for the last.
const batchBytes = 8 << 20

// Copy takes an account from a source to a sink, kind by kind in the order of
// [Kinds], and reports what became of every item.
//
// Files go before the items that use them, once each. A file that is missing,
// damaged or has no place is a problem of the items that use it; the sink is
// given them with it among their Problems. The error is about the
// whole: the source, the sink, or ctx. The Report says how far it came then.
func Copy(ctx context.Context, from Source, to Sink, options *CopyOptions) (*Report, error) {
	c := copier{from: from, to: to, report: &Report{}}
	if options != nil {
		c.options = *options
	}
	if c.options.Batch <= 0 {
		c.options.Batch = 100
	}
	kinds, err := c.kinds(ctx)
	if err != nil {
		return c.report, fmt.Errorf("copy account: %w", err)
	}
	for _, k := range kinds {
		if err := c.kind(ctx, k); err != nil {
			return c.report, fmt.Errorf("copy account: %s: %w", k, err)
		}
	}
	if finisher, ok := to.(Finisher); ok {
		if err := finisher.Finish(ctx); err != nil {
			return c.report, fmt.Errorf("copy account: finish: %w", err)
		}
	}
	return c.report, nil
}

type copier struct {
	from    Source
	to      Sink
	options CopyOptions
	files   recent // those that were put
	report  *Report
}

// kinds returns what is to be copied, in order. A kind of later days is a problem.
func (c *copier) kinds(ctx context.Context) ([]Kind, error) {
	have, err := c.from.Kinds(ctx)
	if err != nil {
		return nil, err
	}
	for _, k := range have {
		if !k.Known() {
			c.report.note(k, Problem{Reason: Unsupported})
		}
	}
	return slices.DeleteFunc(Kinds(), func(k Kind) bool {
		return !slices.Contains(have, k) || len(c.options.Kinds) > 0 && !slices.Contains(c.options.Kinds, k)
	}), nil
}

// kind copies one kind from its position, or from the beginning if the position
// no longer holds: the sink knows what it has.
func (c *copier) kind(ctx context.Context, k Kind) error {
	after := c.options.After[k]
	if after != "" {
		for _, err := range c.from.Items(ctx, k, after) {
			if errors.Is(err, ErrChanged) {
				after = ""
			}
			break
		}
	}
	return c.behind(ctx, k, after)
}

func (c *copier) behind(ctx context.Context, k Kind, after string) error {
	var batch []Item
	held := 0
	for item, err := range c.from.Items(ctx, k, after) {
		if err != nil {
			return errors.Join(c.put(ctx, k, batch), err)
		}
		held += item.size()
		if batch = append(batch, item); len(batch) < c.options.Batch && held < batchBytes {
			continue
		}
		if err := c.put(ctx, k, batch); err != nil {
			return err
		}
		clear(batch)
		batch, held = batch[:0], 0
	}
	return c.put(ctx, k, batch)
}

// put stores a batch, and what it needs.
func (c *copier) put(ctx context.Context, k Kind, batch []Item) error {
	if len(batch) == 0 {
		return nil
	}
	usable := make([]Item, 0, len(batch))
	for _, item := range batch {
		item, err := c.ready(ctx, item)
		if err != nil {
			return err
		}
		if p, fatal := item.Fatal(); fatal {
			c.report.add(Result{Ref: item.Ref, State: Failed, Reason: p.Reason})
			continue
		}
		usable = append(usable, item)
	}
	if err := c.store(ctx, usable); err != nil {
		return err
	}
	if c.options.Checkpoint == nil {
		return nil
	}
	return c.options.Checkpoint(k, batch[len(batch)-1].Next)
}

// ready puts an item's files and notes its problems.
func (c *copier) ready(ctx context.Context, item Item) (Item, error) {
	if _, fatal := item.Fatal(); !fatal {
		problems, err := c.media(ctx, item)
		if err != nil {
			return item, err
		}
		item.Problems = slices.Concat(item.Problems, problems)
	}
	for _, p := range item.Problems {
		c.report.note(item.Kind, p)
	}
	return item, nil
}

func (c *copier) store(ctx context.Context, items []Item) error {
	if len(items) == 0 {
		return nil
	}
	results, err := c.to.Put(ctx, items)
	if err != nil {
		return err
	}
	if len(results) != len(items) {
		return fmt.Errorf("the sink returned %d results for %d items", len(results), len(items))
	}
	for i, result := range results {
		if result.Ref != items[i].Ref {
			return fmt.Errorf("result %d of the sink is of another item", i)
		}
	}
	for _, result := range results {
		c.report.add(result)
	}
	return nil
}

// media puts the files of an item that were not put before, and returns what is
// wrong with any.
func (c *copier) media(ctx context.Context, item Item) ([]Problem, error) {
	source, have := c.from.(MediaSource)
	sink, take := c.to.(MediaSink)
	if !have || !take {
		return nil, nil
	}
	var problems []Problem
	missing := item.count(MissingMedia) // which the source has told
	for i, m := range item.Media {
		if c.files.has(m) {
			continue
		}
		err := c.file(ctx, source, sink, m)
		reason, ofItem := mediaReason(err)
		switch {
		case reason == MissingMedia && missing > 0:
			missing--
		case ofItem:
			problems = append(problems, Problem{Reason: reason, Detail: fmt.Sprintf("file %d", i)})
		case err != nil:
			return nil, fmt.Errorf("copy file: %w", err)
		default:
			c.files.add(m)
		}
	}
	return problems, nil
}

// mediaReason tells what is wrong with one file from what stops the copy.
func mediaReason(err error) (Reason, bool) {
	switch {
	case errors.Is(err, ErrNoMedium):
		return MissingMedia, true
	case errors.Is(err, ErrBadMedium):
		return BadMedia, true
	case errors.Is(err, ErrNoPlace):
		return NoPlace, true
	}
	return "", false
}

func (c *copier) file(ctx context.Context, source MediaSource, sink MediaSink, m Medium) error {
	r, known, err := source.OpenMedia(ctx, m)
	if err != nil {
		return err
	}
	known.URL, known.Path = m.URL, m.Path
	counted := &counter{r: r}
	_, err = sink.PutMedia(ctx, known, counted)
	if err := errors.Join(err, r.Close()); err != nil {
		return err
	}
	c.report.Files++
	c.report.Bytes += counted.n
	return nil
}

type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
