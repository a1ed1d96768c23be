package canonical

import (
	"bytes"
	"errors"
	"io"
	"math/bits"

	"codeberg.org/godwit/godwit/internal/container"
)

// A members reads a file member by member.
type members interface {
	// next inflates the next member into p, and says where it stands. A reason
	// is why that cannot be, at p.to; io.EOF is the end of the file.
	next(p *part) (Reason, error)
}

// A memberCheck checks a compressed file: what each member holds as it is read,
// and how it was compressed as soon as that was done again.
type memberCheck struct {
	*check
	compressor string // what such a file is compressed with here
	queue      queue
	layout     layout
	total      int64
	hard, soft *Finding
}

func (c *check) members(kind Compression, from members) (*Finding, error) {
	m := &memberCheck{check: c, compressor: kind.Compressor()}
	m.queue = queue{compression: kind, threads: c.opts.Threads, done: m.repacked}
	found, err := m.walk(from)
	if err != nil {
		return nil, err
	}
	if err := m.queue.drain(); err != nil {
		return nil, err
	}
	switch {
	case m.hard != nil: // It stands before what was found reading.
		return m.hard, nil
	case found != nil:
		return found, nil
	}
	return m.soft, nil
}

// walk goes through all members, up to one that holds something wrong.
func (m *memberCheck) walk(from members) (*Finding, error) {
	for m.hard == nil {
		if err := m.ctx.Err(); err != nil {
			return nil, err
		}
		p, err := m.queue.empty()
		if err != nil {
			return nil, err
		}
		reason, err := from.next(p)
		switch {
		case errors.Is(err, io.EOF):
			return m.layout.over(m.size), nil
		case err != nil:
			return nil, err
		case reason != "":
			return &Finding{m.layout.trailingOr(reason), p.to, shown(m.layout.entry)}, nil
		}
		if err := m.within(p); err != nil {
			return nil, err
		}
		if reason := m.layout.take(p.plain); reason != "" {
			return &Finding{reason, p.from, shown(m.layout.entry)}, nil
		}
		p.entry = m.layout.entry
		m.queue.start(p)
	}
	return nil, nil
}

// within holds a member against the limits.
func (m *memberCheck) within(p *part) error {
	const grace = 1 << 20 // as in internal/container
	limits := m.opts.Limits
	m.total += int64(len(p.plain))
	switch {
	case m.total > limits.Total:
		return &container.Error{Reason: container.ReasonTotal}
	case m.total > grace && m.total/limits.Ratio > p.to:
		return &container.Error{Reason: container.ReasonRatio}
	case m.layout.left == 0:
		return m.counted(m.layout.entry)
	}
	return nil
}

// repacked compares a member with what packing its content gave.
func (m *memberCheck) repacked(p *part) error {
	if m.hard != nil {
		return nil // It stands before this one.
	}
	flipped, first, err := m.flipped(p)
	if err != nil || flipped == 0 {
		return err
	}
	const few = 8
	sameLength := int64(len(p.packed)) == p.to-p.from
	f := &Finding{Altered, first, shown(p.entry)}
	switch {
	case m.opts.Compressor == m.compressor, sameLength && flipped <= few:
		m.hard = f
	case m.soft == nil:
		f.Reason = OtherCompressor
		m.soft = f
	}
	return nil
}

// flipped counts the bits in which a member differs, and says where the first is.
// Bits of bytes that the other has not count all.
func (m *memberCheck) flipped(p *part) (n int, first int64, err error) {
	want := p.packed
	for at := p.from; at < p.to; {
		got, err := m.read(at, int(min(p.to-at, 64<<10)))
		if err != nil {
			return 0, 0, err
		}
		same := want[:min(len(want), len(got))]
		if differs := mismatch(got, same); differs >= 0 {
			if n == 0 {
				first = at + int64(differs)
			}
			n += differing(got, same)
		}
		want = want[len(same):]
		at += int64(len(got))
	}
	if n == 0 {
		first = p.to
	}
	return n + 8*len(want), first, nil
}

// differing counts the bits in which long differs from short.
func differing(long, short []byte) int {
	n := 8 * (len(long) - len(short))
	for i, b := range short {
		n += bits.OnesCount8(b ^ long[i])
	}
	return n
}

// A layout knows what the members have to hold.
type layout struct {
	entry string
	left  int64 // of its body
	ended bool
}

// take says what is wrong with what a member holds, "" if nothing.
func (l *layout) take(b []byte) Reason {
	switch {
	case l.ended:
		return Trailing
	case l.left > 0:
		return l.body(b)
	}
	l.entry = ""
	if len(b) == 0 || b[0] == 0 {
		l.ended = true
		return l.end(b)
	}
	h, differs := compareHead(b)
	l.entry = h.name
	if differs >= 0 {
		return TarHeader
	}
	l.left = h.size
	return l.body(b[h.length:])
}

func (l *layout) body(b []byte) Reason {
	n, pad := min(l.left, memberSize), 0
	if n == l.left {
		pad = padding(n)
	}
	if int64(len(b)) != n+int64(pad) {
		return Members
	}
	l.left -= n
	if !bytes.Equal(b[n:], end[:pad]) {
		return TarPadding
	}
	return ""
}

func (l *layout) end(b []byte) Reason {
	switch {
	case bytes.Equal(b, end):
		return ""
	case len(b) == len(end):
		return TarEnd
	}
	return Members
}

// over says what is missing at the end of the file.
func (l *layout) over(size int64) *Finding {
	if l.ended {
		return nil
	}
	return &Finding{Truncated, size, shown(l.entry)}
}

// trailingOr is what is wrong with something that is no member.
func (l *layout) trailingOr(r Reason) Reason {
	if l.ended {
		return Trailing
	}
	return r
}
