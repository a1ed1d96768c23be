package backup

import (
	"errors"

	"codeberg.org/godwit/godwit/portability"
)

// A volume is what one file of a set has: how much of each sequence, following the
// volume before.
type volume struct {
	n                                  int
	last                               bool
	outbox, history, unknown, received slice
	media                              slice // bytes are those of the lines
	files                              slice // of them, those that lie in the archive
}

// Sizes of what stands around a body.
const (
	headerBytes   = 512
	integrityLine = 220 // at most, but for names over a hundred bytes
	fixedBytes    = 64 << 10
)

// inTar is how much an entry takes, its line in the list included.
func inTar(size int64) int64 { return headerBytes + (size+511)/512*512 + integrityLine }

// A planner shares an account out into volumes.
type planner struct {
	limit   int64 // 0: one volume
	every   int64 // what each volume has
	used    int64
	volumes []volume
}

func newPlanner(limit, every, first int64) *planner {
	p := &planner{limit: limit, every: every}
	p.begin()
	p.used += first
	return p
}

func (p *planner) begin() {
	p.volumes = append(p.volumes, volume{n: len(p.volumes)})
	p.used = p.every
}

func (p *planner) current() *volume { return &p.volumes[len(p.volumes)-1] }

// room begins another volume where the present one would go over the limit, and
// there is something in it.
func (p *planner) room(cost int64) *volume {
	v := p.current()
	if p.limit > 0 && p.used+cost > p.limit && !v.bare() {
		p.begin()
		v = p.current()
	}
	p.used += cost
	return v
}

// bare reports whether a volume has nothing but what each has; the first has the
// relations.
func (v *volume) bare() bool {
	return v.n > 0 && v.outbox.items+v.history.items+v.unknown.items+v.received.items+v.media.items == 0
}

// share gives a sequence out.
func (p *planner) share(s sequence, of func(*volume) *slice) error {
	for {
		info, ok, err := s.peek()
		if err != nil || !ok {
			return err
		}
		of(p.room(info.length + 2)).add(info.length)
		if err := s.skip(); err != nil {
			return err
		}
	}
}

// shareFiles gives the files out, with their lines.
func (p *planner) shareFiles(l *listing) error {
	for {
		f, err := l.peek()
		if err != nil || f == nil {
			return err
		}
		cost := int64(len(f.line))
		if f.path != "" {
			cost += inTar(f.size)
		}
		v := p.room(cost)
		v.media.add(int64(len(f.line)))
		if f.path != "" {
			v.files.add(f.size)
		}
		l.skip()
	}
}

// end gives what only the last volume has its place.
func (p *planner) end(report int64) []volume {
	p.room(inTar(report))
	p.current().last = true
	return p.volumes
}

// plan measures what there is and shares it out.
func (a *assembly) plan() ([]volume, error) {
	w := a.w
	p := newPlanner(w.options.VolumeBytes, fixedBytes+w.endOf(string(portability.Actor)), a.firstBytes())
	if p.limit == 0 {
		v := p.current()
		content, outbox := a.measured(string(portability.Content)), a.measured(string(portability.Outbox))
		v.outbox = slice{content.items + outbox.items, content.bytes + outbox.bytes}
		v.history = a.measured(string(portability.History))
		v.unknown = a.measured(string(portability.Unknown))
		v.received = a.measured(string(portability.Received))
	} else if err := a.shareSequences(p); err != nil {
		return nil, err
	}
	if err := p.shareFiles(a.media.again()); err != nil {
		return nil, err
	}
	return p.end(a.reportBytes()), nil
}

func (a *assembly) shareSequences(p *planner) error {
	s, err := a.sequences()
	if err != nil {
		return err
	}
	return errors.Join(
		p.share(s.outbox, func(v *volume) *slice { return &v.outbox }),
		p.share(s.history, func(v *volume) *slice { return &v.history }),
		p.share(s.unknown, func(v *volume) *slice { return &v.unknown }),
		p.share(s.received, func(v *volume) *slice { return &v.received }),
	)
}
