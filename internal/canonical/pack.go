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
	pack(packed *bytes.Buffer, plain []byte) error
}

func newPacker(c Compression) packer {
	if c == Zstd {
		return &zstdPacker{}
	}
	return &gzipPacker{}
}

const gzipLevel = 6

type gzipPacker struct{ w *gzip.Writer }

func (g *gzipPacker) pack(packed *bytes.Buffer, plain []byte) error {
	if g.w == nil {
		w, err := gzip.NewWriterLevel(packed, gzipLevel)
		if err != nil {
			return err
		}
		g.w = w
	} else {
		g.w.Reset(packed)
	}
	g.w.ModTime = time.Unix(0, 0) // The zero time is written as the year 2042.
	if _, err := g.w.Write(plain); err != nil {
		return err
	}
	return g.w.Close()
}

// zstdWindow is less than a member, for a larger one takes memory of writer and
// reader and gains little on text.
const zstdWindow = 1 << 20

type zstdPacker struct{ w *zstd.Encoder }

func (z *zstdPacker) pack(packed *bytes.Buffer, plain []byte) error {
	if z.w == nil {
		w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(zstdWindow),
			zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderCRC(true))
		if err != nil {
			return err
		}
		z.w = w
	}
	packed.Write(z.w.EncodeAll(plain, packed.AvailableBuffer()))
	return nil
}
