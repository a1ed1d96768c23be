package csvlist_test

import (
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/backup/csvlist"
)

// readAll returns the rows that can be used, and the faults as "line reason".
func readAll(t *testing.T, file string, o *csvlist.ReadOptions) (csvlist.Type, []csvlist.Row, []csvlist.RowError) {
	t.Helper()
	r, err := csvlist.NewReader(strings.NewReader(file), o)
	require.NoError(t, err)
	var rows []csvlist.Row
	var faults []csvlist.RowError
	for row, err := range r.Rows() {
		var fault *csvlist.RowError
		if errors.As(err, &fault) {
			assert.Equal(t, csvlist.Row{Line: fault.Line}, row, "a row that cannot be used holds something")
			faults = append(faults, *fault)
			continue
		}
		require.NoError(t, err)
		rows = append(rows, row)
	}
	assert.Equal(t, csvlist.Report{Rows: len(rows), Bad: len(faults), Faults: faults}, r.Report())
	return r.Type(), rows, faults
}

func inUTF16(text string, bigEndian, mark bool) string {
	if mark {
		text = "\ufeff" + text
	}
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(text)) {
		if bigEndian {
			b.WriteString(string([]byte{byte(u >> 8), byte(u)}))
			continue
		}
		b.WriteString(string([]byte{byte(u), byte(u >> 8)}))
	}
	return b.String()
}

func accounts(names ...string) []string { return names }

// Every way in which the same accounts may stand in a file.
func TestAccounts(t *testing.T) {
	both := accounts("alice@a.example", "bob@b.example")
	for _, c := range []struct {
		situation, file string
		typ             csvlist.Type
		want            []string
		faults          []csvlist.RowError
	}{
		{"nothing at all", "", csvlist.Unknown, nil, nil},
		{"a byte order mark and no more", "\xef\xbb\xbf", csvlist.Unknown, nil, nil},
		{"only blank lines", "\n\r\n \n,,\n", csvlist.Unknown, nil, nil},
		{"a header and no rows", "Account address,Hide notifications\n", csvlist.Mutes, nil, nil},
		{"no header", "alice@a.example\nbob@b.example\n", csvlist.Accounts, both, nil},
		{"no line end at the end", "alice@a.example\nbob@b.example", csvlist.Accounts, both, nil},
		{"the first header", "Account address,Show boosts\nalice@a.example,true\nbob@b.example,true\n", csvlist.Following, both, nil},
		{"Friendica's header, with a space", "Account address, Show boosts\nalice@a.example, true\nbob@b.example, true\n", csvlist.Following, both, nil},
		{"a header in capitals", "ACCOUNT ADDRESS,SHOW BOOSTS\nalice@a.example\nbob@b.example\n", csvlist.Following, both, nil},
		{"a header that says accounts only", "Account address\nalice@a.example\nbob@b.example\n", csvlist.Accounts, both, nil},
		{"a quoted header behind a byte order mark", "\xef\xbb\xbf\"Account address\",\"Show boosts\"\nalice@a.example,true\nbob@b.example,true\n", csvlist.Following, both, nil},
		{"semicolons from a spreadsheet", "Account address;Show boosts\nalice@a.example;true\nbob@b.example;true\n", csvlist.Following, both, nil},
		{"CRLF", "alice@a.example\r\nbob@b.example\r\n", csvlist.Accounts, both, nil},
		{"CR only", "Account address,Show boosts\ralice@a.example,true\rbob@b.example,true\r", csvlist.Following, both, nil},
		{"blank lines between", "\n\nalice@a.example\n\n  \nbob@b.example\n\n", csvlist.Accounts, both, nil},
		{"a leading @", "@alice@a.example\n@bob@b.example", csvlist.Accounts, both, nil},
		{"acct: URIs", "acct:alice@a.example\nACCT:bob@b.example", csvlist.Accounts, both, nil},
		{"space and stray quotation marks", " alice@a.example \n\"bob@b.example\" \n", csvlist.Accounts, both, nil},
		{"a quotation mark at the end", "alice@a.example\"\nbob@b.example\n", csvlist.Accounts, both, nil},
		{"a quotation mark that nothing closes", "alice@a.example\n\"carol@c.example\nbob@b.example\n", csvlist.Accounts, both,
			[]csvlist.RowError{{Line: 2, Reason: csvlist.UnclosedQuote}}},
		{"two of them", "\"carol@c.example\nalice@a.example\n\"dave@d.example\nbob@b.example\n", csvlist.Accounts, both,
			[]csvlist.RowError{{Line: 1, Reason: csvlist.UnclosedQuote}, {Line: 3, Reason: csvlist.UnclosedQuote}}},
		{"UTF-16, little-endian", inUTF16("alice@a.example\nbob@b.example\n", false, true), csvlist.Accounts, both, nil},
		{"UTF-16, big-endian", inUTF16("alice@a.example\r\nbob@b.example\r\n", true, true), csvlist.Accounts, both, nil},
		{"UTF-16 without a mark", inUTF16("alice@a.example\nbob@b.example\n", false, false), csvlist.Accounts, both, nil},
		{"big-endian UTF-16 without a mark", inUTF16("alice@a.example\nbob@b.example\n", true, false), csvlist.Accounts, both, nil},
		{"UTF-16 that ends within a character", inUTF16("alice@a.example\nbob@b.example\nx", false, true) + "y", csvlist.Accounts, both,
			[]csvlist.RowError{{Line: 3, Reason: csvlist.NotText}}},
		{"ports", "alice@localhost:8080\nbob@127.0.0.1:1\n", csvlist.Accounts, accounts("alice@localhost:8080", "bob@127.0.0.1:1"), nil},
		{"a port that is none", "alice@a.example:0\nbob@b.example:x\n", csvlist.Unknown, nil,
			[]csvlist.RowError{{Line: 1, Reason: csvlist.BadAccount}, {Line: 2, Reason: csvlist.BadAccount}}},
		{"an internationalised domain", "alice@münchen.example\nbob@例え.テスト", csvlist.Accounts, accounts("alice@münchen.example", "bob@例え.テスト"), nil},
		{"a user without a server", "alice@a.example\ncarol\nbob@b.example", csvlist.Accounts, both,
			[]csvlist.RowError{{Line: 2, Reason: csvlist.NoHost}}},
		{"a formula", "alice@a.example\n=cmd|' /C calc'!A0\nbob@b.example", csvlist.Accounts, both,
			[]csvlist.RowError{{Line: 2, Reason: csvlist.BadAccount}}},
		{"what is not UTF-8", "alice@a.example\nj\xf6rg@c.example\nbob@b.example", csvlist.Accounts, both,
			[]csvlist.RowError{{Line: 2, Reason: csvlist.NotText}}},
		{"a NUL", "alice@a.example\nc\x00@c.example\nbob@b.example", csvlist.Accounts, both,
			[]csvlist.RowError{{Line: 2, Reason: csvlist.NotText}}},
		{"a row without its first cell", "Account address,Show boosts\nalice@a.example,true\n,false\nbob@b.example", csvlist.Following, both,
			[]csvlist.RowError{{Line: 3, Reason: csvlist.MissingCell}}},
		{"a line that is too long", "alice@a.example\n" + strings.Repeat("x", 70000) + "\nbob@b.example", csvlist.Accounts, both,
			[]csvlist.RowError{{Line: 2, Reason: csvlist.TooLong}}},
	} {
		t.Run(c.situation, func(t *testing.T) {
			typ, rows, faults := readAll(t, c.file, nil)
			var got []string
			for _, row := range rows {
				got = append(got, row.Account)
			}
			assert.Equal(t, c.typ, typ)
			assert.Equal(t, c.want, got)
			assert.Equal(t, c.faults, faults)
		})
	}
}

func TestFields(t *testing.T) {
	for _, c := range []struct {
		situation, file string
		typ             csvlist.Type
		want            csvlist.Row
	}{
		{"four columns", "Account address,Show boosts,Notify on new posts,Languages\na@x.example,false,true,\"de, fr\"\n", csvlist.Following,
			csvlist.Row{Line: 2, Account: "a@x.example", ShowBoosts: csvlist.No, Notify: csvlist.Yes, Languages: []string{"de", "fr"}}},
		{"columns in another order", "Account address,Languages,Show boosts\na@x.example,,TRUE\n", csvlist.Following,
			csvlist.Row{Line: 2, Account: "a@x.example", ShowBoosts: csvlist.Yes}},
		{"a column that nobody knows", "Account address,Show boosts,Mood\na@x.example,true,fine\n", csvlist.Following,
			csvlist.Row{Line: 2, Account: "a@x.example", ShowBoosts: csvlist.Yes, Others: []csvlist.Cell{{Column: "Mood", Text: "fine"}}}},
		{"a flag that is neither yes nor no", "Account address,Show boosts\na@x.example,maybe\n", csvlist.Following,
			csvlist.Row{Line: 2, Account: "a@x.example", Others: []csvlist.Cell{{Column: "Show boosts", Text: "maybe"}}}},
		{"more cells than the header", "Account address,Hide notifications\na@x.example,true,extra\n", csvlist.Mutes,
			csvlist.Row{Line: 2, Account: "a@x.example", HideNotifications: csvlist.Yes, Others: []csvlist.Cell{{Text: "extra"}}}},
		{"a URL for an account", "Account address, Show boosts\nhttps://x.example/users/a, true\n", csvlist.Following,
			csvlist.Row{Line: 2, Actor: "https://x.example/users/a", ShowBoosts: csvlist.Yes}},
		{"a list with its header", "List name,Account address\nFriends,a@x.example\n", csvlist.Lists,
			csvlist.Row{Line: 2, List: "Friends", Account: "a@x.example"}},
		{"a list without", "Friends,a@x.example\n", csvlist.Lists, csvlist.Row{Line: 1, List: "Friends", Account: "a@x.example"}},
		{"a list that is called like a column", "Account address,a@x.example\n", csvlist.Lists,
			csvlist.Row{Line: 1, List: "Account address", Account: "a@x.example"}},
		{"a title with a comma, quoted", "\"Friends, old\",a@x.example\n", csvlist.Lists,
			csvlist.Row{Line: 1, List: "Friends, old", Account: "a@x.example"}},
		{"Misskey's title with a comma", "Friends, old,a@x.example\n", csvlist.Lists,
			csvlist.Row{Line: 1, List: "Friends, old", Account: "a@x.example"}},
		{"a title of two lines", "\"Friends\nold\",a@x.example\n", csvlist.Lists,
			csvlist.Row{Line: 1, List: "Friends\nold", Account: "a@x.example"}},
		{"bookmarks", "#uri\nhttps://x.example/1\n", csvlist.Bookmarks, csvlist.Row{Line: 2, URI: "https://x.example/1"}},
		{"pages without a header", "https://x.example/1;2\n", csvlist.URIs, csvlist.Row{Line: 1, URI: "https://x.example/1;2"}},
		{"domains with a header", "#domain\nx.example\n", csvlist.Domains, csvlist.Row{Line: 2, Domain: "x.example"}},
		{"domains without", "bücher.example\n", csvlist.Domains, csvlist.Row{Line: 1, Domain: "bücher.example"}},
		{"a server's blocks", "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\nx.example,suspend,TRUE,False,\"spam, and worse\",false\n",
			csvlist.AdminBlocks, csvlist.Row{Line: 2, Domain: "x.example", Severity: "suspend", RejectMedia: csvlist.Yes,
				RejectReports: csvlist.No, PublicComment: "spam, and worse", Obfuscate: csvlist.No}},
		{"a defused title", "'=1+1,a@x.example\n", csvlist.Lists, csvlist.Row{Line: 1, List: "=1+1", Account: "a@x.example"}},
	} {
		t.Run(c.situation, func(t *testing.T) {
			typ, rows, faults := readAll(t, c.file, nil)
			assert.Equal(t, c.typ, typ)
			assert.Empty(t, faults)
			assert.Equal(t, []csvlist.Row{c.want}, rows)
		})
	}
}

func TestBadRows(t *testing.T) {
	for _, c := range []struct {
		situation, file string
		typ             csvlist.Type
		want            csvlist.Reason
	}{
		{"a masked domain", "x***.example", csvlist.BlockedDomains, csvlist.BadDomain},
		{"a script for a bookmark", "javascript:alert(1)", csvlist.Bookmarks, csvlist.BadURI},
		{"a file for a bookmark", "file:///etc/passwd", csvlist.Bookmarks, csvlist.BadURI},
		{"a list without an account", "Friends", csvlist.Lists, csvlist.MissingCell},
		{"an account without a list", ",a@x.example", csvlist.Lists, csvlist.MissingCell},
		{"a password in a URL", "https://a:b@x.example/", csvlist.Following, csvlist.BadAccount},
		{"a slash in a user", "a/../b@x.example", csvlist.Blocks, csvlist.BadAccount},
		{"two servers", "a@x.example@y.example", csvlist.Blocks, csvlist.BadAccount},
	} {
		t.Run(c.situation, func(t *testing.T) {
			_, rows, faults := readAll(t, c.file, &csvlist.ReadOptions{Type: c.typ})
			assert.Empty(t, rows)
			assert.Equal(t, []csvlist.RowError{{Line: 1, Reason: c.want}}, faults)
		})
	}
}

func TestHostOfBareNames(t *testing.T) {
	_, rows, faults := readAll(t, "alice\nbob@b.example\nc.d\n", &csvlist.ReadOptions{Type: csvlist.Following, Host: "a.example"})
	assert.Empty(t, faults)
	assert.Equal(t, []csvlist.Row{{Line: 1, Account: "alice@a.example"}, {Line: 2, Account: "bob@b.example"}, {Line: 3, Account: "c.d@a.example"}}, rows)
}

// A list of friends must not become a list of blocks.
func TestOtherType(t *testing.T) {
	const following = "Account address,Show boosts\na@x.example,true\n"
	for _, c := range []struct {
		situation, file string
		asked           csvlist.Type
		refused         bool
	}{
		{"friends as blocks", following, csvlist.Blocks, true},
		{"friends as mutes", following, csvlist.Mutes, true},
		{"friends as friends", following, csvlist.Following, false},
		{"mutes as friends", "Account address,Hide notifications\n", csvlist.Following, true},
		{"a list as blocks", "Friends,a@x.example\n", csvlist.Blocks, true},
		{"addresses as domains", "a@x.example\n", csvlist.BlockedDomains, true},
		{"domains as friends", "x.example\n", csvlist.Following, true},
		{"bookmarks with their header as friends", "#uri\nhttps://x.example/1\n", csvlist.Following, true},
		{"pages as friends, which may be actors", "https://x.example/1\n", csvlist.Following, false},
		{"a server's blocks as what it allows", "#domain,#severity\nx.example,suspend\n", csvlist.AdminAllows, true},
		{"a server's blocks as one's own", "#domain,#severity\nx.example,suspend\n", csvlist.BlockedDomains, false},
		{"addresses as blocks", "a@x.example\n", csvlist.Blocks, false},
		{"an empty file as mutes", "", csvlist.Mutes, false},
	} {
		t.Run(c.situation, func(t *testing.T) {
			r, err := csvlist.NewReader(strings.NewReader(c.file), &csvlist.ReadOptions{Type: c.asked})
			if c.refused {
				require.ErrorIs(t, err, csvlist.ErrOtherType)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.asked, r.Type())
		})
	}
}

func TestReaderThatFails(t *testing.T) {
	broken := errors.New("the disk is gone")
	_, err := csvlist.NewReader(iotest.ErrReader(broken), nil)
	require.ErrorIs(t, err, broken)

	head := strings.Repeat("a@x.example\n", 20)
	r, err := csvlist.NewReader(io.MultiReader(strings.NewReader(head), iotest.ErrReader(broken)), nil)
	require.NoError(t, err)
	rows, last := 0, error(nil)
	for _, err := range r.Rows() {
		if last = err; err == nil {
			rows++
		}
	}
	assert.Equal(t, 20, rows)
	assert.ErrorIs(t, last, broken, "the failure is the last thing yielded")
}

// endless is a line of n bytes without holding it.
type endless struct{ n int }

func (e *endless) Read(p []byte) (int, error) {
	if e.n <= 0 {
		return 0, io.EOF
	}
	n := min(len(p), e.n)
	for i := range p[:n] {
		p[i] = '"'
	}
	e.n -= n
	return n, nil
}

func TestMemoryOfOneLongLine(t *testing.T) {
	const size = 100 << 20
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	in := io.MultiReader(strings.NewReader("a@x.example\n"), &endless{size}, strings.NewReader("\nb@x.example\n"))
	r, err := csvlist.NewReader(in, nil)
	require.NoError(t, err)
	for _, err := range r.Rows() {
		var fault *csvlist.RowError
		require.True(t, err == nil || errors.As(err, &fault))
	}
	runtime.ReadMemStats(&after)
	assert.Equal(t, csvlist.Report{Rows: 2, Bad: 1, Faults: []csvlist.RowError{{Line: 2, Reason: csvlist.TooLong}}}, r.Report())
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(4<<20), "bytes allocated in all")
}

// The report of a million bad rows stays small.
func TestReportOfManyFaults(t *testing.T) {
	r, err := csvlist.NewReader(strings.NewReader(strings.Repeat("\"x\n", 50_001)), nil)
	require.NoError(t, err)
	yielded := 0
	for _, err := range r.Rows() {
		require.Error(t, err)
		yielded++
	}
	assert.Equal(t, yielded, r.Report().Bad)
	assert.Greater(t, yielded, 25_000)
	assert.Len(t, r.Report().Faults, 1000)
}

// A mark that nothing closes costs its own row, however much stands behind it.
func TestUnclosedQuoteBeforeManyRows(t *testing.T) {
	_, rows, faults := readAll(t, "a@x.example\n\"b@x.example\n"+strings.Repeat("c@x.example\n", 10_000), nil)
	assert.Len(t, rows, 10_001)
	assert.Equal(t, []csvlist.RowError{{Line: 2, Reason: csvlist.UnclosedQuote}}, faults)
}
