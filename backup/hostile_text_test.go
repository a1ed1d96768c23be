package backup_test

import (
	"io"
	"strings"

	"codeberg.org/godwit/godwit/backup"
)

// hostileHuge is a lone file that is never anywhere whole: a beginning, the same
// letter over and over, and an end.
func hostileHuge(head string, letters int64, tail string) hostileInput {
	huge := hostileRepeat{head, letters, tail}
	return hostileInput{r: huge, size: int64(len(head)) + letters + int64(len(tail))}
}

// hostileRows is a lone file of many rows, all of one length, that are made when they
// are read.
func hostileRows(head string, rows int, row func(n int) string, tail string) hostileInput {
	length := int64(len(row(0)))
	size := int64(len(head)) + int64(rows)*length + int64(len(tail))
	return hostileInput{size: size, r: hostileMaker(func(at int64) string {
		inside := at - int64(len(head))
		switch {
		case inside < 0:
			return head[at:]
		case inside < int64(rows)*length:
			return row(int(inside / length))[inside%length:]
		case at < size:
			return tail[inside-int64(rows)*length:]
		}
		return ""
	})}
}

// A hostileMaker gives some of a text from a place on, and nothing at its end.
type hostileMaker func(at int64) string

func (m hostileMaker) ReadAt(p []byte, at int64) (int, error) {
	n := 0
	for n < len(p) {
		text := m(at + int64(n))
		if text == "" {
			return n, io.EOF
		}
		n += copy(p[n:], text)
	}
	return n, nil
}

var hostileLetters = strings.Repeat("#", 64<<10)

type hostileRepeat struct {
	head    string
	letters int64
	tail    string
}

func (h hostileRepeat) ReadAt(p []byte, at int64) (int, error) {
	n := 0
	for n < len(p) {
		here := at + int64(n)
		inside := here - int64(len(h.head))
		switch {
		case inside < 0:
			n += copy(p[n:], h.head[here:])
		case inside < h.letters:
			n += copy(p[n:min(int64(len(p)), int64(n)+h.letters-inside)], hostileLetters)
		case inside-h.letters < int64(len(h.tail)):
			n += copy(p[n:], h.tail[inside-h.letters:])
		default:
			return n, io.EOF
		}
	}
	return n, nil
}

// hostileText are outboxes and other collections that are no good JSON.
func hostileText() []hostileCase {
	good := hostileAround()
	small := &backup.ReadOptions{Limits: backup.Limits{ItemBytes: 4 << 20}}
	outbox := func(fault, text, want string) hostileCase {
		return hostileCase{fault: fault, want: want, input: func(*hostileWorld) hostileInput {
			return hostileBytes(hostileTar(hostileTakeoutFiles(text)...))
		}}
	}
	around := func(fault, member, want string) hostileCase {
		return outbox(fault, hostileOutbox(good[0], member, good[1]), want)
	}
	has := func(members string) string { return `{"type":"OrderedCollection",` + members + `}` }
	items := `"orderedItems":[` + strings.Join(good, ",") + `]`
	note := func(content string) string {
		return strings.Replace(hostileNote(5).create().String(), `\u003cp\u003epost 5\u003c/p\u003e`, content, 1)
	}
	deep := func(open, inner, close string) func() string {
		return func() string { return strings.Repeat(open, 100_000) + inner + strings.Repeat(close, 100_000) }
	}
	built := func(fault, want string, text func() string) hostileCase {
		return hostileCase{fault: fault, want: want, input: func(*hostileWorld) hostileInput {
			return hostileBytes(hostileTar(hostileTakeoutFiles(text())...))
		}}
	}
	within := func(fault, head string, inner func() string, tail string) hostileCase {
		return built(fault, "actor 1; content 2 of 3 (too-large 1)", func() string {
			return hostileOutbox(good[0], head+inner()+tail, good[1])
		})
	}
	return []hostileCase{
		outbox("json-empty-array-before-the-real-one", has(`"orderedItems":[],`+items), "actor 1; content 2; !text-fault"),
		outbox("json-empty-array-behind-the-real-one", has(items+`,"orderedItems":[]`), "actor 1; content 2; !text-fault"),
		outbox("json-context-twice", has(`"@context":{},"@context":"https://www.w3.org/ns/activitystreams",`+items), "actor 1; content 2; !text-fault"),
		outbox("json-total-wrong", has(`"totalItems":99,`+items), "actor 1; content 2; !total-differs"),
		outbox("json-total-negative", has(`"totalItems":-1,`+items), "actor 1; content 2; !total-differs"),
		outbox("json-total-text", has(`"totalItems":"two",`+items), "actor 1; content 2; !total-differs"),
		outbox("json-total-behind", has(items+`,"totalItems":2`), "actor 1; content 2"),
		outbox("json-total-of-401-digits", has(items+`,"totalItems":1`+strings.Repeat("0", 400)), "actor 1; content 2; !total-differs"),
		outbox("json-trailing-comma", strings.Replace(hostileOutbox(good...), "]}", ",]}", 1), "actor 1; content 2; !text-fault"),
		outbox("json-leading-comma", strings.Replace(hostileOutbox(good...), `"orderedItems":[`, `"orderedItems":[,`, 1), "actor 1; content 2; !text-fault"),
		around("json-nan", `{"type":"Create","object":NaN}`, "actor 1; content 3 (unreadable 1)"),
		around("json-lone-surrogates", note(`\ud800 and \udfff`), "actor 1; content 3 (bad-text 1)"),
		around("json-bad-utf8-in-text", note("Zo\xeb"), "actor 1; content 3 (bad-text 1)"),
		around("json-bad-utf8-in-an-id", strings.ReplaceAll(note("x"), "statuses/5", "statuses/\xff"), "actor 1; content 2 of 3 (bad-text 1)"),
		outbox("json-byte-order-mark", "\ufeff"+hostileOutbox(good...), "actor 1; content 2; !text-fault"),
		outbox("json-utf16", hostileUTF16(hostileOutbox(good...)), "actor 1; content 2; !text-fault"),
		within("json-100000-deep", "", deep("[", "", "]"), ""),
		within("json-100000-open-brackets", `{"type":"Note","a":`, deep(`{"a":`, "1", "}"), "}"),
		built("json-100000-deep-as-a-whole", "actor 1; content 0 of 1 (too-large 1)", deep("[", "", "]")),
		around("json-10^400", strings.Replace(note("x"), `"type":"Note"`, `"type":"Note","width":1e400`, 1), "actor 1; content 3"),
		{fault: "json-item-of-17-megabytes", large: true, want: "content 2 of 3 (too-large 1)", input: func(*hostileWorld) hostileInput {
			return hostileHuge(`{"type":"OrderedCollection","orderedItems":[`+good[0]+`,{"type":"Note","content":"`, 17<<20, `"},`+good[1]+`]}`)
		}},
		outbox("json-cut-within-an-item", strings.TrimSuffix(hostileOutbox(good...), `"}]}`), "actor 1; content 1; !partly-read; !total-differs"),
		outbox("json-top-level-array", "["+strings.Join(good, ",")+"]", "actor 1; content 2"),
		outbox("json-two-documents", hostileOutbox(good...)+hostileOutbox(hostileNote(7).create().String()), "actor 1; content 2; !text-fault"),
		outbox("json-that-is-a-word", `"nothing"`, "actor 1; !text-fault"),
		{fault: "json-likes-that-are-html", want: "actor 1; content 2; !not-readable", input: func(*hostileWorld) hostileInput {
			return hostileTakeout(hostileOutbox(good...), hostileFile{"likes.json", "<!DOCTYPE html><title>502</title>"})
		}},
		outbox("json-that-is-html", "<!DOCTYPE html><title>502</title>", "refused: not-readable"),
		outbox("json-empty", "", "refused: not-readable"),
		outbox("json-items-that-are-an-object", has(`"orderedItems":{"first":`+good[0]+`}`), "actor 1; unknown 1; !text-fault"),
		around("json-items-of-other-types", `null,true,0,"https://old.example/1",[],{}`, "actor 1; content 7 of 8 (author 1, bad-date 1, no-audience 1, no-id 1, unreadable 5); !total-differs"),
		around("json-members-that-are-no-ids", `{"id":{"a":1},"type":["Note",7],"attributedTo":[[`+"`"+`]]}`, "actor 1; content 3 (unreadable 1)"),
		{fault: "json-likes-cut-short", want: "actor 1; content 2; liked 1; !partly-read", input: func(*hostileWorld) hostileInput {
			return hostileTakeout(hostileOutbox(good...), hostileFile{"likes.json", has(`"orderedItems":["https://else.example/1","https://else.example/2`)})
		}},
		{fault: "json-bookmarks-with-bad-ids", want: "actor 1; content 2; bookmarks 4 of 6 (bad-text 1, no-id 1, unreadable 2)", input: func(*hostileWorld) hostileInput {
			return hostileTakeout(hostileOutbox(good...), hostileFile{"bookmarks.json", has("\"orderedItems\":[\"https://else.example/\xff\",7,null,{},\"javascript:alert(1)\",\"https://else.example/2\"]")})
		}},
		{fault: "json-actor-with-members-twice", want: "actor 1; content 2", input: func(*hostileWorld) hostileInput {
			files := hostileTakeoutFiles(hostileOutbox(good...))
			files[0].body = `{"id":"https://evil.example/users/mallory",` + files[0].body[1:]
			return hostileBytes(hostileZip(files...))
		}},
		{fault: "json-actor-cut-short", want: "refused: not-readable", input: func(*hostileWorld) hostileInput {
			files := hostileTakeoutFiles(hostileOutbox(good...))
			files[0].body = files[0].body[:50]
			return hostileBytes(hostileZip(files...))
		}},
		{fault: "json-a-gigabyte-of-one-text", opts: small, want: "content 2 of 3 (too-large 1)", large: true, input: func(*hostileWorld) hostileInput {
			return hostileHuge(`{"type":"OrderedCollection","orderedItems":[`+good[0]+`,{"type":"Note","content":"`, 1<<30, `"},`+good[1]+`]}`)
		}},
		{fault: "json-a-gigabyte-of-one-name", opts: small, want: "content 2 of 3 (too-large 1); !text-fault", large: true, input: func(*hostileWorld) hostileInput {
			return hostileHuge(`{"type":"OrderedCollection",`+items+`,"`, 1<<30, `":1}`)
		}},
	}
}
