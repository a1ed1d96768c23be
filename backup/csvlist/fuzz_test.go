package csvlist_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/backup/csvlist"
)

// settled is one of the types that an undecided one may be.
func settled(typ csvlist.Type) csvlist.Type {
	switch typ {
	case csvlist.Domains:
		return csvlist.BlockedDomains
	case csvlist.URIs:
		return csvlist.Bookmarks
	case csvlist.Accounts, csvlist.Unknown:
		return csvlist.Followers
	}
	return typ
}

// Whatever is read, written and read again is the same.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"", "\xef\xbb\xbf", "Account address,Show boosts\na@x.example,true\n", "Friends,a@x.example\r\"", "#domain\rx.example\r",
		"#uri\nhttps://x.example/1\n", "\xff\xfea\x00@\x00b\x00", "a@x.example\n\"b\n\"\"\n", "'=a,b@x.example", "@a@b\nacct:a%40b@c",
		"#domain,#severity,#public_comment\nx.example,suspend,\"a\nb\"\n", "Account address;Languages\na@b;\"de, fr\"", "\"\ufeff\",a@b",
		"a@x.example\n\"b@x.example\r\n\r\nc@x.example", "d\x00", "\xfe\xff\xd8\x00\x00a",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := csvlist.NewReader(bytes.NewReader(data), nil)
		require.NoError(t, err, "without the caller's word every file can be looked at")
		typ := settled(r.Type())
		var out bytes.Buffer
		w, err := csvlist.NewWriter(&out, typ, nil)
		require.NoError(t, err)
		var want, got []csvlist.Row
		for row, err := range r.Rows() {
			var fault *csvlist.RowError
			if errors.As(err, &fault) {
				continue
			}
			require.NoError(t, err)
			if w.Write(row) == nil {
				want = append(want, dropped(csvlist.Mastodon, typ, row))
			}
		}
		require.NoError(t, w.Flush())
		again, err := csvlist.NewReader(&out, &csvlist.ReadOptions{Type: typ})
		require.NoError(t, err)
		for row, err := range again.Rows() {
			require.NoError(t, err)
			got = append(got, dropped(csvlist.Mastodon, typ, row))
		}
		require.Equal(t, want, got)
	})
}
