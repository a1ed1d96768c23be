package sqlstore

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

func FuzzUnpackItem(f *testing.F) {
	o, err := vocab.Parse([]byte(`{"id":"https://old.example/1"}`))
	require.NoError(f, err)
	f.Add(packItem(portability.Item{}))
	f.Add(packItem(portability.Item{
		Ref: portability.Ref{Kind: portability.Content, ID: "a"}, Object: o, Activity: o, Raw: []byte{0, 255}, Next: "n",
		Media: []portability.Medium{{Path: "p", Size: -1}}, Problems: []portability.Problem{{Reason: portability.BadDate, Fatal: true}},
	}))
	f.Add([]byte{})
	f.Add([]byte{packVersion, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f})
	f.Fuzz(func(t *testing.T, packed []byte) {
		item, err := unpackItem(packed)
		if err != nil {
			return
		}
		again, err := unpackItem(packItem(item))
		require.NoError(t, err, "what was read can be stored, and read again")
		assert.True(t, bytes.Equal(packItem(item), packItem(again)))
	})
}

func TestWhatIsCutOffIsNoItem(t *testing.T) {
	packed := packItem(portability.Item{Ref: portability.Ref{Kind: portability.Content, ID: "a"}, Raw: []byte("raw"), Media: []portability.Medium{{Path: "p"}}})
	for n := range packed {
		_, err := unpackItem(packed[:n])
		assert.Error(t, err, "%d bytes", n)
	}
	_, err := unpackItem(append(packed, 0))
	assert.ErrorIs(t, err, errPacked, "nor what has more behind it")
	newer := bytes.Clone(packed)
	newer[0]++
	_, err = unpackItem(newer)
	assert.ErrorIs(t, err, errPacked, "nor that of a later version")
}

func TestAStatementOfOneRowBecomesOneOfMany(t *testing.T) {
	assert.Equal(t, "INSERT INTO t (a, b) VALUES (?1, ?2), (?3, ?4), (?5, ?6)\nON CONFLICT (a) DO NOTHING",
		widened("INSERT INTO t (a, b) VALUES (?1, ?2)\nON CONFLICT (a) DO NOTHING", 3))
	assert.Equal(t, "INSERT INTO t VALUES (?1, '', ?2, 7), (?3, '', ?4, 7)", widened("INSERT INTO t VALUES (?1, '', ?2, 7)", 2))
}

func FuzzKey(f *testing.F) {
	f.Add("https://old.example/1", "https://old.example/2")
	f.Add("\xff", "\xfe")
	f.Add("a\x00", "a")
	f.Add(digested, key(digested))
	f.Add(string(make([]byte, 2000)), string(make([]byte, 2001)))
	f.Fuzz(func(t *testing.T, a, b string) {
		assert.Equal(t, a == b, key(a) == key(b), "two ids have two keys")
		assert.LessOrEqual(t, len(key(a)), longestKey)
		assert.NotContains(t, key(a), "\x00")
	})
}
