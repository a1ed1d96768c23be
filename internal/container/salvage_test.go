package container_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/container"
)

func several(n int) []file {
	var files []file
	for i := range n {
		files = append(files, file{name: fmt.Sprintf("media/%03d.bin", i), body: repeat(fmt.Sprint(i, "\n"), 300)})
	}
	return files
}

func TestSalvageOfOneCutAnywhereGivesAllThatIsWhole(t *testing.T) {
	files := several(20)
	for situation, whole := range map[string][]byte{
		"tar": tarOf(files...), "zip with descriptors": zipOf(files...), "zip without": zipStored(files...),
	} {
		t.Run(situation, func(t *testing.T) {
			before := 0
			for cut := 1024; cut < len(whole); cut += 256 {
				all, c, err := readAll(t.Context(), whole[:cut], &container.Options{Salvage: true})
				require.NoError(t, err, "cut at %d", cut)
				require.GreaterOrEqual(t, len(all), before, "more of it gives no less, at %d", cut)
				before = len(all)
				for i, f := range files[:len(all)] {
					require.Equal(t, f.body, all[f.name], "entry %d is whole, cut at %d", i, cut)
				}
				if len(all) < len(files) && len(c.Problems()) == 0 {
					require.NotEmpty(t, c.Lost(), "what is lost is said, cut at %d", cut)
				}
			}
			assert.Equal(t, len(files), before, "in the end, all")
		})
	}
}

func TestSalvagePassesOverADamagedEntry(t *testing.T) {
	files := several(3)
	for situation, c := range map[string]struct {
		data []byte
		lost container.Reason
	}{
		"a header of a tar":          {at(tarOf(files...), "media/001", 0, 0, 'M'), container.ReasonTarHeader},
		"a local header of a zip":    {at(zipStored(files...), local, 1, 22, 9), container.ReasonZipLocal},
		"a name that climbs":         {tarOf(files[0], file{name: "../x"}, files[2]), container.ReasonTraversal},
		"an encrypted entry":         {at(zipStored(files...), central, 1, 8, 1), container.ReasonEncrypted},
		"an entry of another method": {at(zipStored(files...), central, 1, 10, 14), container.ReasonZipMethod},
	} {
		_, _, err := readAll(t.Context(), c.data, nil)
		require.Error(t, err, "%s is fatal without salvage", situation)
		all, opened, err := readAll(t.Context(), c.data, &container.Options{Salvage: true})
		require.NoError(t, err, situation)
		assert.Equal(t, map[string]string{files[0].name: files[0].body, files[2].name: files[2].body}, all, situation)
		require.Len(t, opened.Lost(), 1, situation)
		assert.Equal(t, c.lost, opened.Lost()[0].Reason, situation)
	}
}

func TestSalvageOfATruncatedStreamKeepsWhatInflated(t *testing.T) {
	whole := tarOf(outbox, file{name: "b", body: repeat("b", 100)})
	packed := gzipOf(whole)
	all, c, err := readAll(t.Context(), packed[:len(packed)-6], &container.Options{Salvage: true})
	require.NoError(t, err, "it opens")
	assert.Equal(t, outbox.body, all["outbox.json"], "the first entry is there")
	require.NotEmpty(t, c.Lost(), "the loss is said")
	assert.Equal(t, container.ReasonTruncated, c.Lost()[0].Reason, "as truncation")
}

func TestSalvageKeepsLimits(t *testing.T) {
	for _, h := range hostileStreams() {
		if h.fatal != container.ReasonRatio {
			continue
		}
		_, _, err := readAll(t.Context(), h.data, &container.Options{Salvage: true})
		var refused *container.Error
		require.ErrorAs(t, err, &refused, h.fault)
		assert.Equal(t, container.ReasonRatio, refused.Reason, h.fault)
	}
}
