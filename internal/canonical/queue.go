package canonical

// A part is what one member holds, and the member once it is made.
type part struct {
	plain  []byte
	packed []byte
	packer packer
	made   chan error

	// Where the member that was read stands, and the entry it belongs to; only
	// when checking.
	from, to int64
	entry    string
}

// A queue has parts packed side by side, and hands them over in their order. It
// has no goroutine that lives longer than one part takes, so nobody has to stop
// it.
type queue struct {
	compression Compression
	threads     int
	done        func(*part) error // is given each part, in order
	busy        []*part           // oldest first
	free        []*part
}

// empty returns a part to be filled, and waits for one where all are busy. There
// is one more than there are threads.
func (q *queue) empty() (*part, error) {
	if len(q.busy) >= q.threads {
		if err := q.oldest(); err != nil {
			return nil, err
		}
	}
	if len(q.free) == 0 {
		return &part{packer: newPacker(q.compression), made: make(chan error, 1)}, nil
	}
	p := q.free[len(q.free)-1]
	q.free = q.free[:len(q.free)-1]
	return p, nil
}

func (q *queue) start(p *part) {
	q.busy = append(q.busy, p)
	go func() {
		var err error
		p.packed, err = p.packer.pack(p.packed[:0], p.plain)
		p.made <- err
	}()
}

// oldest waits for the part that is next, and hands it over.
func (q *queue) oldest() error {
	p := q.busy[0]
	q.busy = append(q.busy[:0], q.busy[1:]...)
	if err := <-p.made; err != nil {
		return err
	}
	if err := q.done(p); err != nil {
		return err
	}
	p.plain = p.plain[:0]
	q.free = append(q.free, p)
	return nil
}

// drain waits for all.
func (q *queue) drain() error {
	for len(q.busy) > 0 {
		if err := q.oldest(); err != nil {
			return err
		}
	}
	return nil
}
