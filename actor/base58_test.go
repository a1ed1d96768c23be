package actor

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Vectors that every implementation of base58btc shares.
var base58Vectors = []struct{ hex, text string }{
	{"", ""},
	{"00", "1"},
	{"61", "2g"},
	{"626262", "a3gV"},
	{"636363", "aPEr"},
	{"516b6fcd0f", "ABnLTmg"},
	{"572e4794", "3EFU7m"},
	{"10c8511e", "Rt5zm"},
	{"0000287fb4cd", "11233QC4"},
	{"00000000000000000000", "1111111111"},
	{"00eb15231dfceb60925886b67d065299925915aeb172c06647", "1NS17iag9jJgTHD1VXjvLCEnZuQ3rJDE9L"},
	{"73696d706c792061206c6f6e6720737472696e67", "2cFupjhnEsSn59qHXstmK2ffpLv2"},
}

func TestBase58(t *testing.T) {
	for _, v := range base58Vectors {
		data, err := hex.DecodeString(v.hex)
		require.NoError(t, err)
		assert.Equal(t, v.text, encodeBase58(data), "encode %s", v.hex)
		decoded, err := decodeBase58(v.text)
		require.NoError(t, err, "decode %s", v.text)
		assert.Equal(t, v.hex, hex.EncodeToString(decoded), "decode %s", v.text)
	}
	for _, bad := range []string{"0", "O", "I", "l", "a b", "é", "1\x00", strings.Repeat("2", maxBase58+1)} {
		_, err := decodeBase58(bad)
		assert.ErrorIs(t, err, errBase58, "%.20q", bad)
	}
}

func FuzzBase58(f *testing.F) {
	for _, v := range base58Vectors {
		f.Add([]byte(v.text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 700 { // whose text would be longer than what is read
			return
		}
		back, err := decodeBase58(encodeBase58(data))
		if err != nil || !bytes.Equal(back, data) {
			t.Errorf("decode(encode(%x)) = %x, %v", data, back, err)
		}
		if decoded, err := decodeBase58(string(data)); err == nil && encodeBase58(decoded) != string(data) {
			t.Errorf("encode(decode(%q)) = %q", data, encodeBase58(decoded))
		}
	})
}
