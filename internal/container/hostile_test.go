package container_test

import (
	"errors"
	"hash/crc32"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/container"
)

func crc(body string) uint32 { return crc32.ChecksumIEEE([]byte(body)) }

// A hostile input is named by its fault. Fatal is the reason for which it is
// refused, at opening or while it is read; odd is what is reported of one that is
// accepted, whose outbox then reads as it was written.
type hostile struct {
	fault string
	data  []byte
	fatal container.Reason
	odd   container.Reason
	opts  *container.Options
}

func (h hostile) run(t *testing.T) {
	all, c, err := readAll(t.Context(), h.data, h.opts)
	if h.fatal != "" {
		var refused *container.Error
		require.True(t, errors.As(err, &refused), "refused with a reason, not %v", err)
		assert.Equal(t, h.fatal, refused.Reason, "the reason of %v", err)
		assert.Less(t, len(refused.Entry), 100, "the name in an error is short")
		return
	}
	require.NoError(t, err, "what is odd is accepted")
	assert.Equal(t, outbox.body, all["outbox.json"], "the outbox is whole")
	var reasons []container.Reason
	for _, p := range c.Problems() {
		reasons = append(reasons, p.Reason)
	}
	if h.odd == "" {
		assert.Empty(t, reasons, "nothing is reported")
		return
	}
	assert.Contains(t, reasons, h.odd, "it is reported")
}

func TestHostile(t *testing.T) {
	groups := [][]hostile{hostileNames(), hostileTars(), hostileZips(), hostileStreams(), hostileShapes()}
	for _, group := range groups {
		require.NotEmpty(t, group, "there are cases")
		for _, h := range group {
			t.Run(h.fault, h.run)
		}
	}
}

func hostileNames() []hostile {
	var all []hostile
	for _, c := range []struct {
		fault, name string
		fatal, odd  container.Reason
	}{
		{fault: "parent", name: "../x", fatal: container.ReasonTraversal},
		{fault: "parent-in-the-middle", name: "a/../../x", fatal: container.ReasonTraversal},
		{fault: "absolute", name: "/etc/passwd", fatal: container.ReasonTraversal},
		{fault: "drive", name: "C:/x", fatal: container.ReasonTraversal},
		{fault: "drive-with-backslash", name: `C:\x`, fatal: container.ReasonBackslash},
		{fault: "share", name: `\\host\x`, fatal: container.ReasonBackslash},
		{fault: "backslash", name: `a\b`, fatal: container.ReasonBackslash},
		{fault: "percent-parent", name: "%2e%2e/x", fatal: container.ReasonTraversal},
		{fault: "percent-percent-parent", name: "%252E%252e/x", fatal: container.ReasonTraversal},
		{fault: "percent-slash", name: "a%2f..%2fx", fatal: container.ReasonTraversal},
		{fault: "control-character", name: "a\x1b[2Jb", fatal: container.ReasonControl},
		{fault: "c1-control-character", name: "a\u009bb", fatal: container.ReasonControl},
		{fault: "trailing-dot", name: "a./b", odd: container.ReasonUnportable},
		{fault: "trailing-space", name: "a ", odd: container.ReasonUnportable},
		{fault: "device-name", name: "CON", odd: container.ReasonUnportable},
		{fault: "device-name-with-extension", name: "m/lpt1.jpeg", odd: container.ReasonUnportable},
		{fault: "leading-dot", name: "./a", odd: container.ReasonNormalised},
		{fault: "two-slashes", name: "a//b", odd: container.ReasonNormalised},
		{fault: "1025-bytes", name: repeat("abcdefgh/", 20) + repeat("x", 845), fatal: container.ReasonLongPath},
		{fault: "33-segments", name: repeat("a/", 32) + "x", fatal: container.ReasonDeepPath},
		{fault: "same-name-twice", name: "outbox.json", fatal: container.ReasonDuplicate},
		{fault: "same-name-twice-once-cleaned", name: "./outbox.json", fatal: container.ReasonDuplicate},
		{fault: "file-and-folder", name: "outbox.json/x", fatal: container.ReasonFileFolder},
		{fault: "case-clash", name: "Outbox.JSON", odd: container.ReasonClash},
	} {
		x := file{name: c.name, body: "x"}
		all = append(all,
			hostile{fault: "tar-name-" + c.fault, data: tarOf(outbox, x), fatal: c.fatal, odd: c.odd},
			hostile{fault: "zip-name-" + c.fault, data: zipOf(outbox, x), fatal: c.fatal, odd: c.odd})
	}
	nfc, nfd := file{name: "caf\u00e9"}, file{name: "cafe\u0301"}
	return append(all,
		hostile{fault: "tar-names-in-two-normal-forms", data: tarOf(outbox, nfc, nfd), odd: container.ReasonClash},
		hostile{fault: "zip-name-with-nul", data: zipStored(outbox, file{name: "a\x00b"}), fatal: container.ReasonControl},
		hostile{fault: "zip-name-not-utf8", data: zipStored(outbox, file{name: "caf\xe9"}), odd: container.ReasonNotUTF8},
		hostile{fault: "backslash-climbs-where-they-are-slashes", data: zipOf(outbox, file{name: `a\..\..\x`}),
			opts: &container.Options{Backslashes: true}, fatal: container.ReasonTraversal},
	)
}

func hostileTars() []hostile {
	body := outbox.body
	size := "00000000034\x00"
	ustar := map[int]string{257: "ustar\x0000"}
	ends := make([]byte, 1024)
	plain := func(name string) []byte { return join(rawHeader(name, '0', size, ustar), padded(body)) }
	return []hostile{
		{fault: "tar-symlink", data: tarOf(outbox, file{name: "l", kind: '2', link: "/etc/passwd"}), odd: container.ReasonLink},
		{fault: "tar-hardlink", data: tarOf(outbox, file{name: "l", kind: '1', link: "outbox.json"}), odd: container.ReasonLink},
		{fault: "tar-device", data: tarOf(outbox, file{name: "d", kind: '3'}), odd: container.ReasonSpecial},
		{fault: "tar-fifo", data: tarOf(outbox, file{name: "d", kind: '6'}), odd: container.ReasonSpecial},
		{fault: "tar-pax-path-climbs", data: join(extended('x', paxRecord("path", "../x")), plain("a"), ends), fatal: container.ReasonTraversal},
		{fault: "tar-pax-path", data: join(extended('x', paxRecord("path", "outbox.json")), plain("a"), ends)},
		{fault: "tar-pax-size-differs", data: join(extended('x', paxRecord("size", "5")), plain("outbox.json"), ends), fatal: container.ReasonTarConflict},
		{fault: "tar-pax-size-negative", data: join(extended('x', paxRecord("size", "-5")), plain("outbox.json"), ends), fatal: container.ReasonTarNumber},
		{fault: "tar-pax-record-lies", data: join(extended('x', "99 path=a\n"), plain("a"), ends), fatal: container.ReasonTarPAX},
		{fault: "tar-pax-key-twice", data: join(extended('x', paxRecord("path", "a")+paxRecord("path", "b")), plain("a"), ends), fatal: container.ReasonTarPAX},
		{fault: "tar-pax-and-gnu-name-differ", data: join(extended('L', "b\x00"), extended('x', paxRecord("path", "c")), plain("a"), ends), fatal: container.ReasonTarConflict},
		{fault: "tar-gnu-name", data: join(extended('L', "outbox.json\x00"), plain("a"), ends)},
		{fault: "tar-gnu-name-2-MB", data: join(extended('L', repeat("a", 2<<20)), plain("a"), ends), fatal: container.ReasonLongPath},
		{fault: "tar-global-path", data: join(extended('g', paxRecord("path", "x")), plain("outbox.json"), ends), fatal: container.ReasonTarGlobal},
		{fault: "tar-global-size", data: join(extended('g', paxRecord("size", "1")), plain("outbox.json"), ends), fatal: container.ReasonTarGlobal},
		{fault: "tar-global-comment", data: join(extended('g', paxRecord("comment", "x")), plain("outbox.json"), ends)},
		{fault: "tar-gnu-sparse", data: join(rawHeader("s", 'S', size, map[int]string{257: "ustar  \x00", 483: "77777777777\x00"}), padded(body), ends), fatal: container.ReasonTarSparse},
		{fault: "tar-pax-sparse", data: join(extended('x', paxRecord("GNU.sparse.realsize", "9999999999999")), plain("a"), ends), fatal: container.ReasonTarSparse},
		{fault: "tar-base-256-negative", data: join(rawHeader("a", '0', repeat("\xff", 12), ustar), padded(body), ends), fatal: container.ReasonTarNumber},
		{fault: "tar-base-256-huge", data: join(rawHeader("a", '0', "\x80"+repeat("\xff", 11), ustar), padded(body), ends), fatal: container.ReasonTarNumber},
		{fault: "tar-base-256-largest", data: join(rawHeader("a", '0', "\x80\x00\x00\x00\x7f"+repeat("\xff", 7), ustar), padded(body), ends), fatal: container.ReasonTruncated},
		{fault: "tar-octal-junk", data: join(rawHeader("a", '0', "0000000009x\x00", ustar), padded(body), ends), fatal: container.ReasonTarNumber},
		{fault: "tar-bad-checksum", data: at(tarOf(outbox), "outbox", 0, 0, 'O'), fatal: container.ReasonTarHeader},
		{fault: "tar-second-header-damaged", data: at(tarOf(outbox, file{name: "b"}), "b\x00", 0, 0, 'c'), fatal: container.ReasonTarHeader},
		{fault: "tar-body-truncated", data: tarOf(outbox)[:520], fatal: container.ReasonTruncated},
		{fault: "tar-header-truncated", data: join(tarBlocks(outbox), tarOf(outbox)[:100]), fatal: container.ReasonTruncated},
		{fault: "tar-no-end-blocks", data: tarBlocks(outbox), odd: container.ReasonTarNoEnd},
		{fault: "tar-one-end-block", data: join(tarBlocks(outbox), ends[:512]), odd: container.ReasonTarNoEnd},
		{fault: "tar-entries-after-the-end", data: join(tarOf(outbox), tarOf(file{name: "b"})), odd: container.ReasonTarAfter},
		{fault: "tar-entries-after-one-zero-block", data: join(tarBlocks(outbox), ends[:512], tarOf(file{name: "b"})), odd: container.ReasonTarAfter},
		{fault: "tar-garbage-after-the-end", data: join(tarOf(outbox), []byte("garbage")), odd: container.ReasonTrailing},
		{fault: "tar-padded-to-a-record", data: join(tarOf(outbox), make([]byte, 10240))},
		{fault: "tar-v7", data: join(rawHeader("outbox.json", 0, size, nil), padded(body), ends)},
		{fault: "tar-ustar-prefix-climbs", data: join(rawHeader("x", '0', size, map[int]string{257: "ustar\x0000", 345: ".."}), padded(body), ends), fatal: container.ReasonTraversal},
		{fault: "tar-folder-without-slash", data: join(rawHeader("d", '5', "", ustar), tarOf(outbox, file{name: "d/x"}))},
		{fault: "tar-only-zeros", data: make([]byte, 10240), fatal: container.ReasonEmpty},
		{fault: "tar-more-entries-than-allowed", data: tarOf(outbox, file{name: "a"}, file{name: "b"}),
			opts: &container.Options{Limits: container.Limits{Entries: 2}}, fatal: container.ReasonEntries},
		{fault: "tar-more-bytes-than-allowed", data: tarOf(outbox, file{name: "a", body: repeat("a", 100)}),
			opts: &container.Options{Limits: container.Limits{Total: 100}}, fatal: container.ReasonTotal},
		{fault: "tar-more-bytes-of-names-than-allowed", data: tarOf(outbox, file{name: repeat("a", 90)}),
			opts: &container.Options{Limits: container.Limits{NameBytes: 100}}, fatal: container.ReasonNames},
	}
}
