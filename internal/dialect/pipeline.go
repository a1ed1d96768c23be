package dialect

import (
	"context"
	"iter"
	"runtime"
	"sync"

	"codeberg.org/godwit/godwit/internal/jsonitems"
	"codeberg.org/godwit/godwit/portability"
)

const (
	batchElements = 128
	batchBytes    = 256 << 10
	// tokens bound what is under way: each stands for one batch's bytes.
	tokens = 8
)

// itemsOf reads elements as items, in their order: one goroutine takes the text
// apart, others call read, which must be safe for concurrent use, and reports
// whether there is an item at all. What is under way is bounded in bytes. All
// goroutines have ended when the sequence has. An error of the elements is the
// last thing yielded.
func itemsOf(ctx context.Context, elements iter.Seq2[jsonitems.Element, error],
	read func(jsonitems.Element) (portability.Item, bool),
) iter.Seq2[portability.Item, error] {
	return func(yield func(portability.Item, error) bool) {
		p := &pipeline{
			work:   make(chan *batch, tokens),
			order:  make(chan *batch, tokens),
			tokens: make(chan struct{}, tokens),
			stop:   make(chan struct{}),
		}
		p.running.Go(func() { p.split(ctx, elements) })
		for range min(runtime.GOMAXPROCS(0), 4) {
			p.running.Go(func() { p.read(read) })
		}
		defer p.running.Wait()
		defer close(p.stop)
		p.deliver(yield)
	}
}

type pipeline struct {
	work    chan *batch
	order   chan *batch
	tokens  chan struct{}
	stop    chan struct{} // closed when nobody wants more
	running sync.WaitGroup
}

// A batch is some elements, and the items that they become.
type batch struct {
	elements []jsonitems.Element
	bytes    int
	items    []portability.Item
	err      error // behind the items
	done     chan struct{}
}

func newBatch() *batch {
	return &batch{elements: make([]jsonitems.Element, 0, batchElements), done: make(chan struct{})}
}

// cost is how many tokens a batch needs.
func (b *batch) cost() int { return min(1+b.bytes/batchBytes, tokens) }

// split makes batches of elements.
func (p *pipeline) split(ctx context.Context, elements iter.Seq2[jsonitems.Element, error]) {
	defer close(p.work)
	defer close(p.order)
	b := newBatch()
	for e, err := range elements {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			b.err = err
			break
		}
		if len(b.elements) > 0 && b.bytes+len(e.Data) > batchBytes || len(b.elements) == batchElements {
			if !p.send(b) {
				return
			}
			b = newBatch()
		}
		b.elements = append(b.elements, e)
		b.bytes += len(e.Data)
	}
	p.send(b)
}

// send hands a batch on, when there is room for it, and reports whether anybody
// wants more.
func (p *pipeline) send(b *batch) bool {
	for range b.cost() {
		select {
		case p.tokens <- struct{}{}:
		case <-p.stop:
			return false
		}
	}
	for _, to := range [...]chan *batch{p.order, p.work} {
		select {
		case to <- b:
		case <-p.stop:
			return false
		}
	}
	return true
}

func (p *pipeline) read(read func(jsonitems.Element) (portability.Item, bool)) {
	for b := range p.work {
		for _, e := range b.elements {
			if item, ok := read(e); ok {
				b.items = append(b.items, item)
			}
		}
		b.elements = nil
		close(b.done)
	}
}

// deliver yields the items, in the order of the batches.
func (p *pipeline) deliver(yield func(portability.Item, error) bool) {
	for b := range p.order {
		<-b.done
		for i := range b.items {
			if !yield(b.items[i], nil) {
				return
			}
		}
		if b.err != nil {
			yield(portability.Item{}, b.err)
			return
		}
		for range b.cost() {
			<-p.tokens
		}
	}
}
