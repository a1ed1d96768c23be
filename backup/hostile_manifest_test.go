package backup_test

import (
	"archive/tar"
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/stretchr/testify/require"
)

func hostileUTF16(text string) string {
	data := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(text)) {
		data = append(data, byte(u), byte(u>>8))
	}
	return string(data)
}

func hostileLaughs() string {
	text := "a0: &a0 [ha]\n"
	for i := range 9 {
		text += fmt.Sprintf("a%d: &a%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i), 9), ","))
	}
	return hostileManifest + text
}

// hostileManifests are archives whose manifest is at fault. All texts that must be
// refused are refused alike; which word is used for them in detail is for package
// manifest to try.
func hostileManifests() []hostileCase {
	manifest := func(fault, text, want string) hostileCase {
		return hostileCase{fault: fault, want: want, input: func(*hostileWorld) hostileInput {
			return hostileBytes(hostileTar(hostileContainer(text)...))
		}}
	}
	files := func(fault, want string, files ...hostileFile) hostileCase {
		return hostileCase{fault: fault, want: want, input: func(*hostileWorld) hostileInput { return hostileBytes(hostileTar(files...)) }}
	}
	whole := hostileContainer(hostileManifest)
	renamed := slices.Clone(whole)
	renamed[0].name = "manifest.yaml"
	version := func(text string) string { return "ubc-version: " + text + "\n" + hostileListed }
	return []hostileCase{
		files("manifest-twice", "refused: two-manifests", append(slices.Clone(whole), hostileFile{"manifest.yaml", hostileManifest})...),
		files("manifest-twice-by-one-name", "refused: name-twice", append(slices.Clone(whole), whole[0])...),
		files("manifest-missing", "actor 1; content 2; !wrapper-folder", whole[1:]...),
		files("manifest-last", "actor 1; content 2; !manifest-odd", append(slices.Clone(whole[1:]), whole[0])...),
		files("manifest-named-yaml", "actor 1; content 2; !manifest-odd", renamed...),
		files("manifest-that-is-a-link", "refused: link-referenced", append([]hostileFile{{"manifest.yml", "-> activitypub/outbox.json"}}, whole[1:]...)...),
		manifest("manifest-empty", "", "refused: manifest-invalid"),
		manifest("manifest-of-comments", "# godwit\n", "refused: manifest-invalid"),
		{fault: "manifest-over-a-megabyte", want: "refused: manifest-invalid", input: func(*hostileWorld) hostileInput {
			return hostileBytes(hostileTar(hostileContainer(hostileManifest + strings.Repeat("#", 1<<20))...))
		}},
		{fault: "manifest-of-a-gigabyte", want: "refused: manifest-invalid", input: func(w *hostileWorld) hostileInput {
			whole := hostileTar(hostileContainer(hostileManifest)...)
			rest := whole[1024:] // behind the header and the text, which is one block
			header := &tar.Header{Name: "manifest.yml", Mode: 0o644, Typeflag: tar.TypeReg, Size: 1 << 30}
			var head bytes.Buffer
			require.NoError(w.t, tar.NewWriter(&head).WriteHeader(header))
			head.WriteString(hostileManifest)
			return hostileHuge(head.String(), 1<<30-int64(len(hostileManifest)), string(rest))
		}},
		manifest("manifest-not-utf8", hostileManifest+"a: Zo\xeb\n", "refused: manifest-invalid"),
		manifest("manifest-with-a-nul", hostileManifest+"a: b\x00\n", "refused: manifest-invalid"),
		manifest("manifest-with-a-byte-order-mark", "\ufeff"+hostileManifest, "actor 1; content 2; !manifest-odd"),
		manifest("manifest-in-utf16", hostileUTF16(hostileManifest), "actor 1; content 2; !manifest-odd"),
		manifest("manifest-with-crlf", strings.ReplaceAll(hostileManifest, "\n", "\r\n"), "actor 1; content 2"),
		manifest("version-as-text", version(`"0.1"`), "actor 1; content 2"),
		manifest("version-0.10", version("0.10"), "actor 1; content 2; !manifest-odd"),
		manifest("version-1e-1", version("1e-1"), "actor 1; content 2; !manifest-odd"),
		manifest("version-1", version("1"), "refused: manifest-version"),
		manifest("version-0.2", version("0.2"), "refused: manifest-version"),
		manifest("version-almost-0.1", version("0.1000000000000000000001"), "refused: manifest-version"),
		manifest("version-missing", hostileListed, "refused: manifest-version"),
		manifest("version-of-a-huge-exponent", version("1e-999999999999"), "refused: manifest-version"),
		manifest("yaml-anchor-and-alias", hostileManifest+"a: &x b\nc: *x\n", "refused: manifest-invalid"),
		manifest("yaml-billion-laughs", hostileLaughs(), "refused: manifest-invalid"),
		manifest("yaml-merge-key", hostileManifest+"a: {<<: {b: c}}\n", "refused: manifest-invalid"),
		manifest("yaml-tag-of-a-language", hostileManifest+"a: !!python/object/apply:os.system [id]\n", "refused: manifest-invalid"),
		manifest("yaml-tag-of-ones-own", hostileManifest+"a: !x b\n", "refused: manifest-invalid"),
		manifest("yaml-duplicate-key", hostileManifest+"contents: [a]\n", "refused: manifest-invalid"),
		manifest("yaml-two-documents", hostileManifest+"---\n"+hostileManifest, "refused: manifest-invalid"),
		manifest("yaml-flow-10000-deep", hostileManifest+"a: "+strings.Repeat("[", 10000)+strings.Repeat("]", 10000)+"\n", "refused: manifest-invalid"),
		manifest("yaml-tab", hostileManifest+"\ta: b\n", "refused: manifest-invalid"),
		manifest("yaml-20000-nodes", hostileManifest+"a: ["+strings.Repeat("b,", 20000)+"]\n", "refused: manifest-invalid"),
		manifest("yaml-words-that-parsers-coerce", hostileManifest+"meta: {created: 1:20, createdBy: {controller: no, client: {name: 0777, url: ~}}}\n", "actor 1; content 2"),
		manifest("yaml-key-proto", hostileManifest+"__proto__: {constructor: x}\n", "actor 1; content 2"),
	}
}

// hostileContents are manifests that list something else than is there.
func hostileContents() []hostileCase {
	manifest := func(fault, contents, want string, more ...hostileFile) hostileCase {
		return hostileCase{fault: fault, want: want, input: func(*hostileWorld) hostileInput {
			return hostileBytes(hostileTar(hostileContainer("ubc-version: 0.1\ncontents:\n"+contents, more...)...))
		}}
	}
	listed := "  activitypub: {contents: [actor.json, outbox.json]}\n"
	return []hostileCase{
		manifest("contents-as-a-list", "- activitypub: {contents: [actor.json, outbox.json]}\n", "actor 1; content 2"),
		manifest("contents-mixed", "- activitypub:\n    contents:\n    - actor.json\n    - outbox.json:\n        url: https://example.org\n", "actor 1; content 2"),
		manifest("contents-as-text", "  everything\n", "refused: manifest-invalid"),
		manifest("contents-name-with-slash", "- activitypub/actor.json\n- activitypub/outbox.json\n", "actor 1; content 2"),
		manifest("contents-name-climbs", listed+"  ../secret:\n", "refused: manifest-invalid"),
		manifest("contents-40-deep", listed+"  "+strings.Repeat("{a: {contents: ", 40)+strings.Repeat("}}", 40)+"\n", "refused: manifest-invalid"),
		manifest("contents-lists-what-is-not-there", listed+"  gone.json:\n", "actor 1; content 2; !listed-absent"),
		manifest("contents-lists-not-what-is-there", listed, "actor 1; content 2; !unlisted", hostileFile{"more.json", `{"a":1}`}),
		manifest("contents-lists-no-outbox", "  activitypub: {contents: [actor.json]}\n", "actor 1; !unlisted"),
		manifest("contents-lists-a-link", listed+"  notes.txt:\n", "refused: link-referenced", hostileFile{"notes.txt", "-> /etc/passwd"}),
		manifest("a-link-that-nothing-lists", listed, "actor 1; content 2; !link-skipped", hostileFile{"notes.txt", "-> /etc/passwd"}),
	}
}
