package csvlist_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/backup/csvlist"
	"codeberg.org/godwit/godwit/vocab"
)

const filter = `{"title":"Weather","expires_at":"2027-01-02T03:04:05.000Z","context":["home","public"],"action":"warn",` +
	`"keywords_attributes":[{"keyword":"rain","whole_word":false},{"keyword":"snow"}],"statuses":["https://x.example/1"]}`

func weather() csvlist.Filter {
	return csvlist.Filter{
		Title: "Weather", Expires: time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC), Context: []string{"home", "public"}, Action: "warn",
		Keywords: []csvlist.Keyword{{Text: "rain"}, {Text: "snow", WholeWord: true}}, Statuses: []vocab.IRI{"https://x.example/1"},
	}
}

// readFilters returns the filters without their bytes, the numbers of the bad
// ones, and the error that ended it.
func readFilters(r io.Reader) (filters []csvlist.Filter, bad []int, err error) {
	for f, e := range csvlist.ReadFilters(r) {
		var fault *csvlist.RowError
		switch {
		case errors.As(e, &fault):
			bad = append(bad, fault.Line)
		case e != nil:
			return filters, bad, e
		default:
			f.Raw = nil
			filters = append(filters, f)
		}
	}
	return filters, bad, nil
}

func TestReadFilters(t *testing.T) {
	for _, c := range []struct {
		situation, file string
		want            int
		bad             []int
		err             error
	}{
		{"one filter", `{"custom_filters":[` + filter + `]}`, 1, nil, nil},
		{"the name of the date before 4.6", `{"custom_filters":[` + strings.Replace(filter, "expires_at", "expire_at", 1) + `]}`, 1, nil, nil},
		{"a byte order mark", "\xef\xbb\xbf" + `{"custom_filters":[` + filter + `]}`, 1, nil, nil},
		{"other members beside", `{"version":[1,{}],"custom_filters":[` + filter + `],"x":null}`, 1, nil, nil},
		{"none", `{"custom_filters":[]}`, 0, nil, nil},
		{"bad ones between", `{"custom_filters":[7,` + filter + `,{"title":""},{"title":[]},null,` + filter + `]}`, 2, []int{1, 3, 4, 5}, nil},
		{"a date that is none", `{"custom_filters":[{"title":"x","expires_at":"soon"}]}`, 0, []int{1}, nil},
		{"cut off within the second", `{"custom_filters":[` + filter + `,` + filter[:40], 1, nil, csvlist.ErrFilters},
		{"cut off behind the first", `{"custom_filters":[` + filter, 1, nil, csvlist.ErrFilters},
		{"nothing", "", 0, nil, csvlist.ErrFilters},
		{"another file", `{"orderedItems":[]}`, 0, nil, csvlist.ErrFilters},
		{"an array", `[` + filter + `]`, 0, nil, csvlist.ErrFilters},
		{"filters that are no list", `{"custom_filters":{}}`, 0, nil, csvlist.ErrFilters},
		{"a filter that is too large", `{"custom_filters":[` + filter + `,{"title":"` + strings.Repeat("x", 2<<20) + `"}]}`, 1, nil, csvlist.ErrTooLarge},
		{"a million brackets", `{"custom_filters":` + strings.Repeat("[", 1_000_000), 0, nil, csvlist.ErrFilters},
	} {
		t.Run(c.situation, func(t *testing.T) {
			filters, bad, err := readFilters(strings.NewReader(c.file))
			require.ErrorIs(t, err, c.err)
			assert.Equal(t, c.bad, bad)
			require.Len(t, filters, c.want)
			for _, f := range filters {
				assert.Equal(t, weather(), f)
			}
		})
	}
}

func TestFilterKeepsItsBytes(t *testing.T) {
	odd := strings.Replace(filter, `"title"`, `"x-mood":"grey", "title"`, 1)
	for f, err := range csvlist.ReadFilters(strings.NewReader(`{"custom_filters":[` + odd + `]}`)) {
		require.NoError(t, err)
		assert.Equal(t, odd, string(f.Raw))
		return
	}
	t.Fatal("no filter was read")
}

func TestFiltersOfAReaderThatFails(t *testing.T) {
	broken := errors.New("the disk is gone")
	in := io.MultiReader(strings.NewReader(`{"custom_filters":[`+filter+`,`), iotest.ErrReader(broken))
	filters, _, err := readFilters(in)
	require.ErrorIs(t, err, broken)
	assert.Len(t, filters, 1)
}

func TestFiltersRoundTrip(t *testing.T) {
	never := csvlist.Filter{Title: "=1", Context: []string{"thread"}, Action: "hide", Statuses: []vocab.IRI{}}
	want := []csvlist.Filter{weather(), never, weather()}
	var out bytes.Buffer
	require.NoError(t, csvlist.WriteFilters(&out, slices.Values(want)))
	got, bad, err := readFilters(&out)
	require.NoError(t, err)
	assert.Empty(t, bad)
	assert.Equal(t, want, got)
}

// Whatever filters are read, written and read again are the same.
func FuzzReadFilters(f *testing.F) {
	for _, seed := range []string{"", `{"custom_filters":[` + filter + `]}`, `{"custom_filters":[{"title":"a","title":"b"}]}`,
		`{"a":[],"custom_filters":[{"title":"x","statuses":null,"keywords_attributes":[{}]}]}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		first, _, _ := readFilters(bytes.NewReader(data))
		var once, twice bytes.Buffer
		require.NoError(t, csvlist.WriteFilters(&once, slices.Values(first)))
		second, bad, err := readFilters(bytes.NewReader(once.Bytes()))
		require.NoError(t, err)
		require.Empty(t, bad)
		require.Len(t, second, len(first))
		require.NoError(t, csvlist.WriteFilters(&twice, slices.Values(second)))
		require.Equal(t, once.String(), twice.String())
	})
}
