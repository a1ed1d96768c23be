package portabilitytest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
)

// keepSituations are for sinks that are sources too: what went in is looked at.
var keepSituations = []sinkSituation{
	{"documents come out byte for byte", func(t *testing.T, sink portability.Sink) {
		items := some(t, sink, 5)
		put(t, sink, items...)
		kept := all(t, sink.(portability.Source), items[0].Kind, "")
		require.Len(t, kept, len(items))
		for i := range items {
			assert.Equal(t, items[i].Ref, kept[i].Ref)
			assert.Equal(t, string(items[i].Object.Bytes()), string(kept[i].Object.Bytes()))
		}
	}},
	{"bytes that are not a document come out as they were", func(t *testing.T, sink portability.Sink) {
		if !holds(limitsOf(t, sink), portability.Unknown) {
			return // it says that it does not keep them
		}
		raw := []byte("\x00 {not a document\xff")
		unknown := portability.Item{Ref: portability.Ref{Kind: portability.Unknown, ID: "extra/thing"}, Raw: raw}
		put(t, sink, unknown)
		raw[0] = 'x' // the giver uses the buffer again
		kept := all(t, sink.(portability.Source), portability.Unknown, "")
		require.Len(t, kept, 1)
		assert.Equal(t, "\x00 {not a document\xff", string(kept[0].Raw))
	}},
	{"a conflict leaves what is there as it was", func(t *testing.T, sink portability.Sink) {
		one := some(t, sink, 1)[0]
		put(t, sink, one)
		put(t, sink, otherwise(t, one))
		kept := all(t, sink.(portability.Source), one.Kind, "")
		require.Len(t, kept, 1)
		assert.Equal(t, string(one.Object.Bytes()), string(kept[0].Object.Bytes()))
	}},
	{"a position behind what was removed no longer holds, others do", func(t *testing.T, sink portability.Sink) {
		remover, ok := sink.(portability.Remover)
		if !ok {
			return // nothing is ever removed
		}
		source, items := sink.(portability.Source), some(t, sink, 3)
		put(t, sink, items...)
		kept := all(t, source, items[0].Kind, "")
		require.Len(t, kept, 3)
		_, err := remover.Remove(t.Context(), []portability.Ref{items[1].Ref})
		require.NoError(t, err)
		assert.Equal(t, told(kept[2:]), told(all(t, source, items[0].Kind, kept[0].Next)))
		_, err = read(t.Context(), source, items[0].Kind, kept[1].Next)
		assert.ErrorIs(t, err, portability.ErrChanged)
	}},
	{"a file that was put opens", func(t *testing.T, sink portability.Sink) {
		_, opens := sink.(portability.MediaSource)
		if _, takes := sink.(portability.MediaSink); !takes || !opens {
			return // it has no files
		}
		putFile(t, sink, picture("one"), "one")
		one := some(t, sink, 1)[0]
		one.Media = []portability.Medium{picture("one")}
		put(t, sink, one)
		kept := all(t, sink.(portability.Source), one.Kind, "")
		require.Len(t, kept, 1)
		require.Len(t, kept[0].Media, 1)
		data, known, err := openAll(t, sink.(portability.Source), kept[0].Media[0])
		require.NoError(t, err)
		assert.Equal(t, "one", string(data))
		assert.Equal(t, digestOf(data), known.Digest)
	}},
}
