package canonical

import (
	"bufio"
	"io"
)

// straight is an output without compression.
type straight struct {
	w       *bufio.Writer
	written int64
}

func newStraight(w io.Writer) *straight {
	s := &straight{}
	s.w = bufio.NewWriterSize(&counting{w: w, n: &s.written}, 128<<10)
	return s
}

func (s *straight) grow(int) {}

func (s *straight) write(p []byte) error {
	_, err := s.w.Write(p)
	return err
}

func (s *straight) cut() error { return nil }

func (s *straight) flush() (int64, error) {
	err := s.w.Flush()
	return s.written, err
}

// counting counts what was written.
type counting struct {
	w io.Writer
	n *int64
}

func (c *counting) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	*c.n += int64(n)
	return n, err
}
