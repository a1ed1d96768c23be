package container_test

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"testing"

	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/container"
)

const (
	local   = "PK\x03\x04"
	central = "PK\x01\x02"
	ending  = "PK\x05\x06"
	after   = "PK\x07\x08"
)

func zipMode(mode fs.FileMode) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create(outbox.name)
	must(err)
	_, err = f.Write([]byte(outbox.body))
	must(err)
	h := &zip.FileHeader{Name: "special"}
	h.SetMode(mode)
	_, err = w.CreateHeader(h)
	must(err)
	must(w.Close())
	return b.Bytes()
}

func commented(data []byte, comment string) []byte {
	data = at(data, ending, 0, 20, u16(uint16(len(comment)))...)
	return append(data, comment...)
}

// nested hides the second entry of its directory in the body of the first, which
// is stored as it is.
func nested() []byte {
	inner := zipStored(file{name: "b", body: "b"})
	inner = inner[:bytes.Index(inner, []byte(central))]
	data := zipStored(file{name: "a", body: string(inner)}, file{name: "b", body: "b"})
	return at(data, central, 1, 42, u32(uint32(bytes.Index(data, inner)))...)
}

// quine has two entries in its directory that share one header and body.
func quine() []byte {
	data := zipStored(file{name: "a", body: outbox.body}, file{name: "b", body: outbox.body})
	return at(data, central, 1, 42, u32(0)...)
}

// huge claims a size that only zip64 can.
func huge(size uint64) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	_, err := w.CreateRaw(&zip.FileHeader{Name: "a", CompressedSize64: size, UncompressedSize64: size})
	must(err)
	must(w.Close())
	return b.Bytes()
}

// with64 puts zip64 records before the end record.
func with64(data []byte, record string) []byte {
	i := bytes.Index(data, []byte(ending))
	whole := append([]byte(record), make([]byte, 56-len(record))...)
	locator := append([]byte("PK\x06\x07"), make([]byte, 16)...)
	return join(data[:i], whole, locator, data[i:])
}

func hostileZips() []hostile {
	one := zipStored(outbox)
	streamed := zipOf(outbox)
	bomb := zipOf(outbox, file{name: "zeros", body: repeat("\x00", 8<<20)})
	return []hostile{
		{fault: "zip-symlink", data: zipMode(fs.ModeSymlink | 0o777), odd: container.ReasonLink},
		{fault: "zip-device", data: zipMode(fs.ModeDevice), odd: container.ReasonSpecial},
		{fault: "zip-fifo", data: zipMode(fs.ModeNamedPipe), odd: container.ReasonSpecial},
		{fault: "zip-local-name-differs", data: at(one, "outbox", 0, 0, 'O'), fatal: container.ReasonZipLocal},
		{fault: "zip-local-size-differs", data: at(one, local, 0, 22, 1), fatal: container.ReasonZipLocal},
		{fault: "zip-local-packed-size-differs", data: at(one, local, 0, 18, 1), fatal: container.ReasonZipLocal},
		{fault: "zip-local-method-differs", data: at(one, local, 0, 8, 8), fatal: container.ReasonZipLocal},
		{fault: "zip-local-sum-differs", data: at(one, local, 0, 14, 1, 2), fatal: container.ReasonZipLocal},
		{fault: "zip-local-header-elsewhere", data: at(one, central, 0, 42, 1), fatal: container.ReasonZipLocal},
		{fault: "zip-descriptor-lies", data: at(streamed, after, 0, 12, 1), fatal: container.ReasonZipLocal},
		{fault: "zip-descriptor-sum-lies", data: at(streamed, after, 0, 4, 1, 2), fatal: container.ReasonZipLocal},
		{fault: "zip-size-full-without-zip64", data: at(one, central, 0, 24, 255, 255, 255, 255), fatal: container.ReasonZip64},
		{fault: "zip-directory-full-without-zip64", data: at(one, ending, 0, 16, 255, 255, 255, 255), fatal: container.ReasonZip64},
		{fault: "zip64-size-near-2^63", data: huge(1<<63 - 1), fatal: container.ReasonZip64},
		{fault: "zip64-size-over-2^63", data: huge(1<<63 + 5), fatal: container.ReasonZip64},
		{fault: "zip64-size-over-the-total", data: huge(1 << 61), fatal: container.ReasonTotal},
		{fault: "zip64-end-record-missing", data: with64(one, "none"), fatal: container.ReasonZip64},
		{fault: "zip64-end-record-disagrees", data: with64(one, "PK\x06\x06\x2c"), fatal: container.ReasonZip64},
		{fault: "zip-count-too-high", data: at(one, ending, 0, 8, 2, 0, 2, 0), fatal: container.ReasonZipCount},
		{fault: "zip-count-too-low", data: at(zipStored(outbox, file{name: "b"}), ending, 0, 8, 1, 0, 1, 0), fatal: container.ReasonZipCount},
		{fault: "zip-many-disks", data: at(one, ending, 0, 4, 1), fatal: container.ReasonZipDisks},
		{fault: "zip-entry-on-another-disk", data: at(one, central, 0, 34, 1), fatal: container.ReasonZipDisks},
		{fault: "zip-encrypted", data: at(one, central, 0, 8, 1), fatal: container.ReasonEncrypted},
		{fault: "zip-encrypted-by-its-own-header", data: at(one, local, 0, 6, 1), fatal: container.ReasonEncrypted},
		{fault: "zip-encrypted-aes", data: at(one, central, 0, 10, 99), fatal: container.ReasonEncrypted},
		{fault: "zip-unknown-method", data: at(one, central, 0, 10, 14), fatal: container.ReasonZipMethod},
		{fault: "zip-bad-sum", data: at(one, "Ordered", 0, 0, 'o'), fatal: container.ReasonChecksum},
		{fault: "zip-inflates-to-more", data: at(at(streamed, central, 0, 24, 5), after, 0, 12, 5), fatal: container.ReasonSize},
		{fault: "zip-inflates-to-less", data: at(at(streamed, central, 0, 24, 99), after, 0, 12, 99), fatal: container.ReasonSize},
		{fault: "zip-entries-share-a-header", data: quine(), fatal: container.ReasonZipLocal},
		{fault: "zip-entry-in-the-body-of-another", data: nested(), fatal: container.ReasonZipOverlap},
		{fault: "zip-bomb", data: bomb, fatal: container.ReasonRatio},
		{fault: "zip-prepended-bytes", data: join([]byte("#!/bin/sh\nexit\n"), one), odd: container.ReasonPrepended},
		{fault: "zip-trailing-bytes", data: join(one, []byte("trailing")), odd: container.ReasonTrailing},
		{fault: "zip-comment", data: commented(one, "made by a server")},
		{fault: "zip-comment-with-end-record", data: commented(one, "x"+ending+repeat("\x00", 18)), fatal: container.ReasonZipTwoEnds},
		{fault: "zip-comment-with-end-signature", data: commented(one, "x"+ending), fatal: container.ReasonZipTwoEnds},
		{fault: "zip-behind-a-zip", data: join(zipStored(file{name: "a"}), one), fatal: container.ReasonZipTwoEnds},
		{fault: "zip-truncated", data: one[:len(one)-30], fatal: container.ReasonZipEnd},
		{fault: "zip-directory-damaged", data: at(one, central, 0, 0, 'Q'), fatal: container.ReasonZipCentral},
		{fault: "zip-without-entries", data: zipStored(), fatal: container.ReasonEmpty},
	}
}

func hostileStreams() []hostile {
	whole := tarOf(outbox)
	packed := gzipOf(whole)
	zeros := tarOf(outbox, file{name: "zeros", body: repeat("\x00", 8<<20)})
	named := join([]byte{0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3}, bytes.Repeat([]byte("n"), 64<<10), packed[9:])
	return []hostile{
		{fault: "gzip-two-members", data: join(gzipOf(whole[:700]), gzipOf(whole[700:]))},
		{fault: "gzip-garbage-after", data: join(packed, []byte("garbage")), odd: container.ReasonTrailing},
		{fault: "gzip-one-byte-after", data: join(packed, []byte{0x1f}), odd: container.ReasonTrailing},
		{fault: "gzip-truncated", data: packed[:len(packed)-20], fatal: container.ReasonTruncated},
		{fault: "gzip-second-member-truncated", data: join(packed, packed[:5]), fatal: container.ReasonTruncated},
		{fault: "gzip-only-a-header", data: packed[:4], fatal: container.ReasonTruncated},
		{fault: "gzip-wrong-length", data: at(packed, string(packed[len(packed)-4:]), 0, 0, 9, 9), fatal: container.ReasonChecksum},
		{fault: "gzip-wrong-sum", data: at(packed, string(packed[len(packed)-8:]), 0, 0, 9, 9), fatal: container.ReasonChecksum},
		{fault: "gzip-64-KB-name", data: named, fatal: container.ReasonCorrupt},
		{fault: "gzip-bomb", data: gzipOf(zeros), fatal: container.ReasonRatio},
		{fault: "gzip-in-gzip", data: gzipOf(packed), fatal: container.ReasonUnknown},
		{fault: "gzip-over-the-total", data: packed, opts: &container.Options{Limits: container.Limits{Total: 1000}}, fatal: container.ReasonTotal},
		{fault: "zstd-bomb", data: zstdOf(zeros), fatal: container.ReasonRatio},
		{fault: "zstd-truncated", data: zstdOf(whole)[:60], fatal: container.ReasonTruncated},
		{fault: "zstd-garbage-after", data: join(zstdOf(whole), []byte("garbage")), odd: container.ReasonTrailing},
		{fault: "zstd-window-of-a-gigabyte", data: []byte{0x28, 0xb5, 0x2f, 0xfd, 0x00, 20 << 3, 1, 0, 0}, fatal: container.ReasonWindow},
	}
}

func hostileShapes() []hostile {
	wrapped := file{name: "takeout/outbox.json", body: outbox.body}
	return []hostile{
		{fault: "wrapper-folder", data: tarOf(wrapped, file{name: "takeout/a"}), odd: container.ReasonWrapper},
		{fault: "noise-of-systems", data: zipOf(outbox, file{name: "__MACOSX/._outbox.json"}, file{name: ".DS_Store"}, file{name: "a/Thumbs.db"})},
		{fault: "noise-beside-a-wrapper", data: zipOf(wrapped, file{name: "__MACOSX/x"}), odd: container.ReasonWrapper},
		{fault: "gzip-of-zip", data: gzipOf(zipOf(outbox))},
		{fault: "zstd-of-tar", data: zstdOf(tarOf(outbox))},
		{fault: "empty", fatal: container.ReasonEmpty},
		{fault: "neither-text-nor-archive", data: []byte("\x89PNG\r\n\x1a\n\x00\x00"), fatal: container.ReasonUnknown},
		{fault: "archives-in-the-archive", data: zipStored(outbox, file{name: "inner.zip", body: string(zipOf(file{name: "../x"}))})},
	}
}

func TestHostileCorpusIsLarge(t *testing.T) {
	n := len(hostileNames()) + len(hostileTars()) + len(hostileZips()) + len(hostileStreams()) + len(hostileShapes())
	require.GreaterOrEqual(t, n, 140, "cases")
}
