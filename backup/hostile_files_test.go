package backup_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// hostileTextOf is everything in a site that a browser takes for text. Files of no
// known form are there as ".bin", and are for saving.
func hostileTextOf(t *testing.T, dir string) string {
	var all strings.Builder
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) == ".bin" {
			return err
		}
		data, err := os.ReadFile(path)
		all.Write(data)
		return err
	}))
	return all.String()
}

const (
	hostilePNG = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
	hostileAt  = "media_attachments/files/1/original/"
)

// hostileFiles are attachments and files that are not what they seem.
func hostileFiles() []hostileCase {
	using := func(urls ...string) hostileDoc {
		var all []hostileDoc
		for _, u := range urls {
			all = append(all, hostileDoc{"type": "Document", "mediaType": "image/png", "url": u, "name": "alt"})
		}
		return hostileNote(5).with("attachment", all)
	}
	at := func(fault, want, url string) hostileCase {
		return hostileBetween(fault, want, using(url).create())
	}
	placed := func(fault, want string, url func(w *hostileWorld) string) hostileCase {
		return hostileCase{fault: fault, want: want, input: func(w *hostileWorld) hostileInput {
			return hostileTakeout(hostileOutbox(hostileAround(using(url(w)).create())...))
		}}
	}
	file := func(fault, want, name, body string, check func(t *testing.T, made hostileMade)) hostileCase {
		return hostileCase{fault: fault, want: want, check: check, input: func(*hostileWorld) hostileInput {
			return hostileTakeout(hostileOutbox(hostileAround(using("/"+hostileAt+name).create())...), hostileFile{hostileAt + name, body})
		}}
	}
	return []hostileCase{
		at("attachment-url-of-a-file", "actor 1; content 3 (missing-media 1)", "file:///etc/passwd"),
		at("attachment-url-that-climbs", "actor 1; content 3 (missing-media 1)", "../../.ssh/id"),
		at("attachment-url-that-climbs-out-of-its-folder", "actor 1; content 3 (missing-media 1)", "media_attachments/../../../../../etc/passwd"),
		at("attachment-url-that-climbs-in-percents", "actor 1; content 3 (missing-media 1)", "/%2e%2e/%2e%2e/etc/passwd"),
		at("attachment-url-in-a-private-network", "actor 1; content 3 (missing-media 1)", "http://169.254.169.254/latest/meta-data/"),
		at("attachment-url-of-a-script", "actor 1; content 3 (missing-media 1)", "javascript:alert(1)"),
		at("attachment-url-with-a-nul", "actor 1; content 3 (missing-media 1)", "a\x00.png"),
		{fault: "attachment-url-of-data", want: "actor 1; content 3 (missing-media 1)", input: func(*hostileWorld) hostileInput {
			d := using("data:image/png;base64," + strings.Repeat("AAAA", 1<<18))
			return hostileBytes(hostileTar(hostileTakeoutFiles(hostileOutbox(hostileAround(d.create())...))...))
		}},
		at("attachment-url-of-the-actor", "actor 1; content 3 (missing-media 1)", "actor.json"),
		placed("attachment-url-of-a-file-that-is-there", "actor 1; content 3 (missing-media 1)", func(w *hostileWorld) string { return "file://" + w.outside }),
		placed("attachment-path-of-a-file-that-is-there", "actor 1; content 3 (missing-media 1)", func(w *hostileWorld) string { return w.outside }),
		placed("attachment-path-that-climbs-to-one", "actor 1; content 3 (missing-media 1)", func(w *hostileWorld) string { return strings.Repeat("../", 40) + w.outside[1:] }),
		placed("attachment-url-of-a-server-that-answers", "actor 1; content 3 (missing-media 1)", func(w *hostileWorld) string { return w.server + "/a.png" }),
		{fault: "attachment-link-in-a-folder-leads-out", want: "actor 1; content 3 (missing-media 1); !link-skipped", input: func(w *hostileWorld) hostileInput {
			return hostileFolder(w, using("/"+hostileAt+"a.png"), func(path string) error { return os.Symlink(w.outside, path) })
		}},
		{fault: "attachment-url-shapes", want: "actor 1; content 3", input: func(*hostileWorld) hostileInput {
			d := hostileNote(5).with("attachment", []any{nil, 7, "https://old.example/a", []any{}, hostileDoc{"url": []any{hostileDoc{"href": 7}, nil}}, hostileDoc{"href": "x", "type": "Link"}, hostileDoc{}})
			return hostileTakeout(hostileOutbox(hostileAround(d.create())...))
		}},
		file("file-of-another-type", "actor 1; content 3", "a.png", "<html><script>alert(1)</script>", func(t *testing.T, made hostileMade) {
			assert.NotContains(t, hostileTextOf(t, made.site), "alert(1)", "what is no picture is not on a site")
		}),
		file("file-that-is-two-things", "actor 1; content 3", "a.png", "GIF89a/*"+strings.Repeat("\x00", 50)+"*/=1;alert(1)//<script>alert(1)</script>", nil),
		file("file-that-is-a-drawing-with-a-script", "actor 1; content 3", "a.svg", `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>`, func(t *testing.T, made hostileMade) {
			assert.NotContains(t, hostileTextOf(t, made.site), "alert(1)")
		}),
		file("file-of-no-bytes", "actor 1; content 3", "a.png", "", nil),
		file("file-that-would-be-a-gigabyte-of-pixels", "actor 1; content 3", "a.png", hostilePNG+"\x00\x01\x00\x00\x00\x01\x00\x00\x08\x06\x00\x00\x00", nil),
		file("file-with-a-place-in-it", "actor 1; content 3", "a.jpg", "\xff\xd8\xff\xe1\x00\x20Exif\x00\x00GPSLatitude\x00"+strings.Repeat("x", 50)+"\xff\xd9", nil),
		file("file-that-is-an-archive", "actor 1; content 3", "a.zip", string(hostileZip(hostileFile{"../outbox.json", hostileOutbox(hostileNote(8).create().String())}, hostileFile{"key.pem", hostileSecret})), nil),
		{fault: "file-twice-under-two-names", want: "actor 1; content 3", input: func(*hostileWorld) hostileInput {
			one := hostilePNG + "the same"
			return hostileTakeout(hostileOutbox(hostileAround(using("/"+hostileAt+"a.png", "/"+hostileAt+"b.png").create())...),
				hostileFile{hostileAt + "a.png", one}, hostileFile{hostileAt + "b.png", one})
		}, check: func(t *testing.T, made hostileMade) {
			assert.Equal(t, 1, bytes.Count(made.archive, []byte("IHDRthe same")), "it is there once")
		}},
		{fault: "file-that-two-posts-name-alike", want: "actor 1; media 1; content 2 (missing-media 2)", input: func(*hostileWorld) hostileInput {
			d, e := using("https://a.example/x/media.mp4"), using("https://b.example/y/media.mp4").with("id", hostileMe+"/statuses/6")
			return hostileTakeout(hostileOutbox(d.create().String(), e.create().String()), hostileFile{"media.mp4", "whose?"})
		}},
	}
}

// hostileFolder is a takeout that was unpacked, with one file made by make.
func hostileFolder(w *hostileWorld, d hostileDoc, make func(path string) error) hostileInput {
	dir := filepath.Join(w.dir, "unpacked")
	path := filepath.Join(dir, filepath.FromSlash(hostileAt), "a.png")
	require.NoError(w.t, os.MkdirAll(filepath.Dir(path), 0o700))
	for _, f := range hostileTakeoutFiles(hostileOutbox(hostileAround(d.create())...)) {
		require.NoError(w.t, os.WriteFile(filepath.Join(dir, f.name), []byte(f.body), 0o600))
	}
	require.NoError(w.t, make(path))
	return hostileInput{path: dir}
}

// hostileWords are posts whose text attacks who shows it.
func hostileWords() []hostileCase {
	shown := func(fault, content string) hostileCase {
		c := hostileBetween(fault, "actor 1; content 3", hostileNote(5).with("content", content).create())
		c.check = func(t *testing.T, made hostileMade) {
			text := hostileTextOf(t, made.site)
			for _, bad := range []string{"<script>alert", "onerror=", "javascript:alert", "<iframe", "\u202e"} {
				assert.NotContains(t, text, bad)
			}
			assert.Contains(t, string(made.archive), "statuses/5", "the archive keeps it as it is")
		}
		return c
	}
	return []hostileCase{
		shown("words-with-a-script", "<script>alert(1)</script>words"),
		shown("words-with-handlers", `<img src=x onerror=alert(1)><a href="javascript:alert(1)">words</a><iframe src="//evil.example"></iframe>`),
		shown("words-that-turn-around", "\u202ewords\u2066\u200f"),
		{fault: "words-of-500000-open-tags", want: "actor 1; content 3", input: func(*hostileWorld) hostileInput {
			items := hostileAround(hostileNote(5).with("content", "WORDS").create())
			items[1] = strings.Replace(items[1], "WORDS", strings.Repeat("<b>", 500_000), 1)
			return hostileBytes(hostileTar(hostileTakeoutFiles(hostileOutbox(items...))...))
		}},
	}
}
