package move

import (
	"cmp"
	"container/heap"
	"time"
)

// A memoryStep stands in one heap at most: in its host's while it is to be
// done and not leased, in that of the leased ones while it is.
type memoryStep struct {
	Step
	in     *memoryCase
	order  int64
	leased time.Time // until then; zero if not
	at     int       // where it stands in its heap, -1 if in none
}

// A memoryQueue has the steps of one side that have something to do.
type memoryQueue struct {
	byHost map[string]*memoryHost // none of them empty
	hosts  hostHeap               // the same, earliest due first
	leased stepHeap               // earliest end of lease first
	latest time.Time              // nothing is due after that
}

type memoryHost struct {
	name string
	due  stepHeap // earliest due first
	at   int
}

func newMemoryQueue() *memoryQueue {
	return &memoryQueue{
		byHost: map[string]*memoryHost{},
		leased: stepHeap{less: func(a, b *memoryStep) bool { return a.leased.Before(b.leased) }},
	}
}

func dueBefore(a, b *memoryStep) bool {
	return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.order, b.order)) < 0
}

// push puts a step that stands in no heap where it belongs.
func (q *memoryQueue) push(s *memoryStep) {
	switch {
	case s.Due.IsZero():
		s.leased = time.Time{}
	case !s.leased.IsZero():
		heap.Push(&q.leased, s)
	default:
		q.latest = laterOf(q.latest, s.Due)
		host, ok := q.byHost[s.Host]
		if !ok {
			host = &memoryHost{name: s.Host, due: stepHeap{less: dueBefore}}
			host.due.steps = append(host.due.steps, s)
			s.at = 0
			q.byHost[s.Host] = host
			heap.Push(&q.hosts, host)
			return
		}
		heap.Push(&host.due, s)
		heap.Fix(&q.hosts, host.at)
	}
}

// remove takes a step out of the heap that it stands in, if any.
func (q *memoryQueue) remove(s *memoryStep) {
	switch {
	case s.at < 0:
	case !s.leased.IsZero():
		heap.Remove(&q.leased, s.at)
	default:
		host := q.byHost[s.Host]
		heap.Remove(&host.due, s.at)
		if host.due.Len() > 0 {
			heap.Fix(&q.hosts, host.at)
			return
		}
		heap.Remove(&q.hosts, host.at)
		delete(q.byHost, s.Host)
	}
}

// expire ends the leases that are over at now, and those that nobody was given by a
// right clock, as they would last longer than until most.
func (q *memoryQueue) expire(now, most time.Time) {
	var over []*memoryStep
	for _, s := range q.leased.steps {
		if !s.leased.After(now) || s.leased.After(most) {
			over = append(over, s)
		}
	}
	for _, s := range over {
		q.remove(s)
		s.leased = time.Time{}
		q.push(s)
	}
}

// bringForward has nothing wait longer than [Step.DueBy] says.
func (q *memoryQueue) bringForward(now time.Time) {
	if !q.latest.After(now.Add(longestPause)) {
		return
	}
	var far []*memoryStep
	q.latest = time.Time{}
	for _, host := range q.hosts {
		for _, s := range host.due.steps {
			if due := s.DueBy(now); !due.Equal(s.Due) {
				far = append(far, s)
			}
			q.latest = laterOf(q.latest, s.DueBy(now))
		}
	}
	for _, s := range far {
		q.remove(s)
		s.Due = micro(s.DueBy(now))
		q.push(s)
	}
}

// take removes at most n steps that are due at now, longest due first, but no
// more than perHost of one host.
func (q *memoryQueue) take(now time.Time, n, perHost int) []*memoryStep {
	var taken []*memoryStep
	var full []*memoryHost
	count := map[string]int{}
	for len(taken) < n && len(q.hosts) > 0 && !q.hosts[0].due.steps[0].Due.After(now) {
		host := q.hosts[0]
		if count[host.name] >= perHost {
			full = append(full, heap.Pop(&q.hosts).(*memoryHost))
			continue
		}
		count[host.name]++
		s := host.due.steps[0]
		q.remove(s)
		taken = append(taken, s)
	}
	for _, host := range full {
		heap.Push(&q.hosts, host)
	}
	return taken
}

// next returns when there is something to take, or the zero time.
func (q *memoryQueue) next() time.Time {
	var next time.Time
	if len(q.hosts) > 0 {
		next = q.hosts[0].due.steps[0].Due
	}
	if q.leased.Len() > 0 {
		if end := q.leased.steps[0].leased; next.IsZero() || end.Before(next) {
			next = end
		}
	}
	return next
}

type stepHeap struct {
	steps []*memoryStep
	less  func(a, b *memoryStep) bool
}

func (h *stepHeap) Len() int           { return len(h.steps) }
func (h *stepHeap) Less(i, j int) bool { return h.less(h.steps[i], h.steps[j]) }

func (h *stepHeap) Swap(i, j int) {
	h.steps[i], h.steps[j] = h.steps[j], h.steps[i]
	h.steps[i].at, h.steps[j].at = i, j
}

func (h *stepHeap) Push(x any) {
	s := x.(*memoryStep)
	s.at = len(h.steps)
	h.steps = append(h.steps, s)
}

func (h *stepHeap) Pop() any {
	last := len(h.steps) - 1
	s := h.steps[last]
	h.steps[last] = nil
	h.steps = h.steps[:last]
	s.at = -1
	return s
}

type hostHeap []*memoryHost

func (h hostHeap) Len() int           { return len(h) }
func (h hostHeap) Less(i, j int) bool { return dueBefore(h[i].due.steps[0], h[j].due.steps[0]) }

func (h hostHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].at, h[j].at = i, j
}

func (h *hostHeap) Push(x any) {
	host := x.(*memoryHost)
	host.at = len(*h)
	*h = append(*h, host)
}

func (h *hostHeap) Pop() any {
	last := len(*h) - 1
	host := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return host
}
