package canonical

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"codeberg.org/godwit/godwit/internal/container"
)

// mostMember is more than any member holds.
const mostMember = mostHead + memberSize + block

// gzipHeader is how every member begins (RFC 1952, 2.3): deflate, no flags, no
// time, neither the best nor the fastest, made on no system in particular.
var gzipHeader = []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff}

// gzipMembers reads members of gzip. An inflater takes no more than it needs of a
// *bufio.Reader, and so shows where each ends.
type gzipMembers struct {
	below  *section
	in     *bufio.Reader
	reader gzip.Reader
}

func newGzipMembers(r io.ReaderAt, size int64) *gzipMembers {
	below := &section{r: r, size: size}
	return &gzipMembers{below: below, in: bufio.NewReaderSize(below, 128<<10)}
}

func (g *gzipMembers) next(p *part) (Reason, error) {
	p.from = g.below.at - int64(g.in.Buffered())
	p.to = p.from
	begin, _ := g.in.Peek(len(gzipHeader)) // What keeps it from reading is in below.
	switch {
	case g.below.err != nil:
		return "", g.below.err
	case len(begin) == 0:
		return "", io.EOF
	}
	if differs := mismatch(begin, gzipHeader); differs >= 0 {
		p.to += int64(differs)
		return CompressionHeader, nil
	}
	err := g.reader.Reset(g.in)
	if err == nil {
		g.reader.Multistream(false)
		err = p.fill(&g.reader)
	}
	switch {
	case g.below.err != nil:
		return "", g.below.err
	case errors.Is(err, io.ErrUnexpectedEOF):
		p.to = g.below.size
		return Truncated, nil
	case errors.Is(err, errMember):
		return Members, nil
	case err != nil:
		return Corrupt, nil
	}
	p.to = g.below.at - int64(g.in.Buffered())
	return "", nil
}

var errMember = errors.New("member is too long")

// fill reads what a member holds.
func (p *part) fill(r io.Reader) error {
	for p.plain = p.plain[:0]; ; {
		if len(p.plain) == mostMember {
			return errMember
		}
		if len(p.plain) == cap(p.plain) {
			p.plain = slices.Grow(p.plain, min(max(len(p.plain), 64<<10), mostMember-len(p.plain)))
		}
		n, err := r.Read(p.plain[len(p.plain):min(cap(p.plain), mostMember)])
		p.plain = p.plain[:len(p.plain)+n]
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// A section reads a file from its beginning, and keeps the error if it cannot.
type section struct {
	r    io.ReaderAt
	at   int64
	size int64
	err  error
}

func (s *section) Read(p []byte) (int, error) {
	if s.at == s.size {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), s.size-s.at)]
	n, err := s.r.ReadAt(p, s.at)
	s.at += int64(n)
	switch {
	case n == len(p):
		return n, nil
	case errors.Is(err, io.EOF):
		s.err = &container.Error{Reason: container.ReasonChanged}
	default:
		s.err = fmt.Errorf("check archive: %w", err)
	}
	return n, s.err
}

var zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}

// zstdFrames reads frames of zstd. The inflater does not show where one ends, so
// their blocks are gone through first (RFC 8878, 3.1.1).
type zstdFrames struct {
	r        io.ReaderAt
	size     int64
	at       int64
	inflater *zstd.Decoder
	frame    []byte
}

func newZstdFrames(r io.ReaderAt, size int64) (*zstdFrames, error) {
	inflater, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(2*memberSize), zstd.WithDecoderMaxMemory(mostMember))
	if err != nil {
		return nil, fmt.Errorf("check archive: %w", err)
	}
	return &zstdFrames{r: r, size: size, inflater: inflater}, nil
}

func (z *zstdFrames) next(p *part) (Reason, error) {
	p.from, p.to = z.at, z.at
	if z.at == z.size {
		return "", io.EOF
	}
	length, reason, err := z.length()
	if reason != "" || err != nil {
		return reason, err
	}
	z.frame = slices.Grow(z.frame[:0], int(length))[:length]
	if err := z.full(z.frame, z.at); err != nil {
		return "", err
	}
	p.plain, err = z.inflater.DecodeAll(z.frame, p.plain[:0])
	if err != nil {
		return Corrupt, nil
	}
	z.at += length
	p.to = z.at
	return "", nil
}

// length is that of the frame which begins here.
func (z *zstdFrames) length() (int64, Reason, error) {
	begin := make([]byte, min(zstd.HeaderMaxSize, z.size-z.at))
	if err := z.full(begin, z.at); err != nil {
		return 0, "", err
	}
	var h zstd.Header
	switch err := h.Decode(begin); {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return 0, Truncated, nil
	case err != nil || h.Skippable:
		return 0, CompressionHeader, nil
	}
	at := z.at + int64(h.HeaderSize)
	for last := false; !last; {
		var b [3]byte
		if at+3 > z.size {
			return 0, Truncated, nil
		}
		if err := z.full(b[:], at); err != nil {
			return 0, "", err
		}
		last = b[0]&1 != 0
		at += 3 + blockLength(b)
		if at-z.at > mostMember {
			return 0, Members, nil
		}
	}
	if h.HasCheckSum {
		at += 4
	}
	if at > z.size {
		return 0, Truncated, nil
	}
	return at - z.at, "", nil
}

// blockLength is how much follows the three bytes of a block's header.
func blockLength(b [3]byte) int64 {
	const repeated = 1
	if b[0]>>1&3 == repeated {
		return 1
	}
	return int64(b[0])>>3 | int64(b[1])<<5 | int64(b[2])<<13
}

func (z *zstdFrames) full(p []byte, at int64) error {
	s := &section{r: z.r, at: at, size: z.size}
	if _, err := io.ReadFull(s, p); err != nil {
		return errors.Join(s.err, err)
	}
	return nil
}
