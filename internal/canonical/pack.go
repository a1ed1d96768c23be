package canonical

import (
	"bytes"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// A packer makes one member, and can be used again for the next; one member does
// not depend on those before it.
type packer interface {
	// pack appends the member to what it is given.
	pack(packed, plain []byte) ([]byte, error)
}

func newPacker(c Compression) packer {
	if c == Zstd {
		return &zstdPacker{}
	}
	return &gzipPacker{}
}

const gzipLevel = 6

type gzipPacker struct{ w *gzip.Writer }

func (g *gzipPacker) pack(packed, plain []byte) ([]byte, error) {
	out := bytes.NewBuffer(packed)
	if g.w == nil {
		w, err := gzip.NewWriterLevel(out, gzipLevel)
		if err != nil {
			return packed, err
		}
		g.w = w
	} else {
		g.w.Reset(out)
	}
	g.w.ModTime = time.Unix(0, 0) // The zero time is written as the year 2042.
	if _, err := g.w.Write(plain); err != nil {
		return packed, err
	}
	err := g.w.Close()
	return out.Bytes(), err
}

// zstdWindow is less than a member, for a larger one takes memory of writer and
// reader and gains little on text.
const zstdWindow = 1 << 20

type zstdPacker struct{ w *zstd.Encoder }

func (z *zstdPacker) pack(packed, plain []byte) ([]byte, error) {
	if z.w == nil {
		w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(zstdWindow),
			zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderCRC(true), zstd.WithLowerEncoderMem(true))
		if err != nil {
			return packed, err
		}
		z.w = w
	}
	return z.w.EncodeAll(plain, packed), nil
}
