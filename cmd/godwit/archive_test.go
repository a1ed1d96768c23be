package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/rogpeppe/go-internal/testscript"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// archiveCommands are for scripts about archives.
func archiveCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"pack": packFolder, "cut": cutFile, "flip": flipByte, "posts": writePosts, "sealed": writeSealed, "mode": hasMode,
	}
}

// packFolder makes a zip or a tar.gz of what is in a folder, and with -encrypted a
// zip that says so of its first file:
//
//	pack FOLDER FILE [-encrypted]
func packFolder(ts *testscript.TestScript, _ bool, args []string) {
	folder, file := ts.MkAbs(args[0]), ts.MkAbs(args[1])
	var out bytes.Buffer
	names := filesIn(ts, folder)
	if strings.HasSuffix(file, ".zip") {
		packZip(ts, &out, folder, names, len(args) > 2)
	} else {
		packTarGz(ts, &out, folder, names)
	}
	ts.Check(os.WriteFile(file, out.Bytes(), 0o600))
}

func filesIn(ts *testscript.TestScript, folder string) []string {
	var names []string
	ts.Check(fs.WalkDir(os.DirFS(folder), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, path)
		}
		return err
	}))
	if len(names) == 0 {
		ts.Fatalf("%s is empty", folder)
	}
	return names
}

func packZip(ts *testscript.TestScript, out io.Writer, folder string, names []string, encrypted bool) {
	w := zip.NewWriter(out)
	for _, name := range names {
		header := &zip.FileHeader{Name: name, Method: zip.Deflate}
		data, err := os.ReadFile(filepath.Join(folder, name))
		ts.Check(err)
		var to io.Writer
		if encrypted {
			header.Flags, header.Method = 1, zip.Store
			header.CompressedSize64, header.UncompressedSize64 = uint64(len(data)), uint64(len(data))
			to, err = w.CreateRaw(header)
		} else {
			to, err = w.CreateHeader(header)
		}
		ts.Check(err)
		_, err = to.Write(data)
		ts.Check(err)
	}
	ts.Check(w.Close())
}

func packTarGz(ts *testscript.TestScript, out io.Writer, folder string, names []string) {
	z := gzip.NewWriter(out)
	w := tar.NewWriter(z)
	for _, name := range names {
		data, err := os.ReadFile(filepath.Join(folder, name))
		ts.Check(err)
		ts.Check(w.WriteHeader(&tar.Header{Name: name, Mode: 0o444, Size: int64(len(data))}))
		_, err = w.Write(data)
		ts.Check(err)
	}
	ts.Check(w.Close())
	ts.Check(z.Close())
}

// cutFile leaves the first part of a file, in percent: cut FILE PERCENT TO
func cutFile(ts *testscript.TestScript, _ bool, args []string) {
	data, percent := []byte(ts.ReadFile(args[0])), number(ts, args[1])
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), data[:len(data)*percent/100], 0o600))
}

// flipByte changes the byte in the middle of a file: flip FILE TO
func flipByte(ts *testscript.TestScript, _ bool, args []string) {
	data := []byte(ts.ReadFile(args[0]))
	data[len(data)/2] ^= 1
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), data, 0o600))
}

// writePosts makes a folder with a takeout of many posts: posts FOLDER NUMBER
func writePosts(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(writeTakeout(ts.MkAbs(args[0]), number(ts, args[1])))
}

func number(ts *testscript.TestScript, text string) int {
	n, err := strconv.Atoi(text)
	ts.Check(err)
	return n
}

// writeTakeout writes a takeout of so many posts into a folder that it makes.
func writeTakeout(folder string, posts int) error {
	const id = "https://old.example/users/alice"
	var outbox bytes.Buffer
	fmt.Fprint(&outbox, `{"@context":"https://www.w3.org/ns/activitystreams","type":"OrderedCollection","orderedItems":[`)
	for n := range posts {
		if n > 0 {
			outbox.WriteByte(',')
		}
		at := time.Date(2020, 1, 1, 0, 0, n, 0, time.UTC).Format(time.RFC3339)
		fmt.Fprintf(&outbox, `{"id":"%s/statuses/%d/activity","type":"Create","actor":"%[1]s","published":"%[3]s",`+
			`"to":["https://www.w3.org/ns/activitystreams#Public"],"object":{"id":"%[1]s/statuses/%[2]d","type":"Note","attributedTo":"%[1]s",`+
			`"published":"%[3]s","to":["https://www.w3.org/ns/activitystreams#Public"],"content":"<p>Post number %[2]d: %[4]s</p>"}}`,
			id, n, at, strings.Repeat(strconv.Itoa(n*n), 60))
	}
	fmt.Fprintf(&outbox, `],"totalItems":%d}`, posts)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	document := fmt.Sprintf(`{"@context":"https://www.w3.org/ns/activitystreams","id":%q,"type":"Person","preferredUsername":"alice",`+
		`"inbox":"%[2]s/inbox","outbox":"outbox.json","followers":"%[2]s/followers"}`, id, id)
	if err := os.WriteFile(filepath.Join(folder, "actor.json"), []byte(document), 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "outbox.json"), outbox.Bytes(), 0o600)
}

// writeSealed makes an archive with a key that is sealed to the passphrase "open
// sesame", and an inbox that is sealed to the key that it writes to a file:
//
//	sealed ARCHIVE KEYFILE
func writeSealed(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(makeSealed(context.Background(), ts.MkAbs(args[0]), ts.MkAbs(args[1])))
}

func makeSealed(ctx context.Context, archive, keyFile string) error {
	me, err := age.GenerateX25519Identity()
	if err != nil {
		return err
	}
	if err := os.WriteFile(keyFile, []byte(me.String()+"\n"), 0o600); err != nil {
		return err
	}
	const id = "https://old.example/users/alice"
	key := actor.PrivateKey{ID: id + "#ed25519", Owner: id, Signer: ed25519.NewKeyFromSeed([]byte("thirty-two bytes, for tests only"))}
	passphrase, err := backup.NewPassphraseRecipient("open sesame", 15)
	if err != nil {
		return err
	}
	secret, err := backup.SecretOf(key)
	if err != nil {
		return err
	}
	public, err := key.Public().MultikeyObject()
	if err != nil {
		return err
	}
	to, err := backup.Create(archive, &backup.WriteOptions{
		Created: time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC), InboxRecipients: []age.Recipient{me.Recipient()},
		Secrets: &backup.Secrets{Keys: []*vocab.Object{secret}, Recipients: []age.Recipient{passphrase}},
	})
	if err != nil {
		return err
	}
	from := portability.NewMemory(nil)
	for _, c := range []struct {
		kind     portability.Kind
		id, text string
	}{
		{portability.Actor, id, fmt.Sprintf(`{"id":%q,"type":"Person","preferredUsername":"alice","assertionMethod":[%s]}`, id, public.Bytes())},
		{portability.Inbox, "https://else.example/4", `{"id":"https://else.example/4","type":"Note","content":"for alice alone"}`},
	} {
		object, err := vocab.Parse([]byte(c.text))
		if err != nil {
			return err
		}
		if _, err := from.Put(ctx, []portability.Item{{Ref: portability.Ref{Kind: c.kind, ID: c.id}, Object: object}}); err != nil {
			return err
		}
	}
	_, err = portability.Copy(ctx, from, to, nil)
	return errors.Join(err, to.Close())
}

// hasMode looks at the permissions of a file: mode 600 FILE
func hasMode(ts *testscript.TestScript, _ bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := strconv.FormatUint(uint64(info.Mode().Perm()), 8); got != args[0] {
		ts.Fatalf("%s has mode %s, not %s", args[1], got, args[0])
	}
}
