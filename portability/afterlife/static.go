package afterlife

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"codeberg.org/godwit/godwit/internal/mediatype"
	"codeberg.org/godwit/godwit/internal/scratch"
	"codeberg.org/godwit/godwit/vocab"
)

// StaticOptions adjusts [WriteStatic]. A nil *StaticOptions is the same as a zero one.
type StaticOptions struct {
	// Tombstones are left out, and told to be gone. Nil: there are none.
	Tombstones *Tombstones
	// Claims is where people say that their accounts went. Nil: nowhere.
	Claims *Claims
	// Trusted are origins that people are led to without https, exactly as in
	// "http://127.0.0.1:8080".
	Trusted []string
	// Progress is called for each address that is written, with how many there were.
	// Nil: nobody is told.
	Progress func(addresses int64)
}

// A StaticReport says what was written.
type StaticReport struct {
	Files  int64 `json:"files"`
	Rules  int64 `json:"rules"`  // addresses
	Unsaid int64 `json:"unsaid"` // addresses that nginx cannot be told
	// UnsaidElsewhere are addresses that Caddy cannot be told.
	UnsaidElsewhere int64 `json:"unsaidElsewhere"`
	Inboxes         int64 `json:"inboxes"`  // that only the server can take
	Accounts        int64 `json:"accounts"` // found by WebFinger
}

// ErrExists is returned by [WriteStatic] and [Build] if there is something at the place
// that they did not write.
var ErrExists = errors.New("the folder is not empty, and was not written by godwit")

// WriteStatic writes what [Handler] answers to GET as files into dir, with
// configuration for nginx, which then gives the same answers, and for Caddy and hosts
// that read _redirects, which give those that they can. It asks the handler itself,
// for every address of the door file.
//
// It works in a folder beside dir, its path and ".unfinished", which stays after an
// error and is begun anew by the next run; dir changes its content when all is there.
// What was written to dir before is replaced: that which is forgotten since is gone
// from it. A folder with anything else in it is [ErrExists], and so is a file.
func WriteStatic(ctx context.Context, d *Door, dir string, o *StaticOptions) (*StaticReport, error) {
	if o == nil {
		o = &StaticOptions{}
	}
	w := &static{door: d, o: *o}
	w.handler = Handler(d, o.Tombstones, &HandlerOptions{Claims: o.Claims, Trusted: o.Trusted})
	if err := w.into(ctx, dir); err != nil {
		return nil, fmt.Errorf("write static files: %s: %w", filepath.Base(dir), err)
	}
	return &w.report, nil
}

// A static is a folder of answers while it is written.
type static struct {
	door    *Door
	dir     string // the folder beside the one that was named
	o       StaticOptions
	handler http.Handler
	folder  *scratch.Folder
	rules   *scratch.Sorter // by address
	fingers *scratch.Sorter // by resource
	handles *scratch.Sorter
	report  StaticReport
}

// Folders of the static output. Web servers know by them what headers files have.
const (
	documentsPath = ownPath + "a/"
	pagesPath     = ownPath + "p/"
	mediaPath     = ownPath + "m/"
	downloadsPath = ownPath + "f/"
	errorsPath    = ownPath + "e/"
)

// into writes the folder beside the one that was named, and puts it there.
func (w *static) into(ctx context.Context, dir string) error {
	dir, err := wherever(dir)
	if err != nil {
		return err
	}
	w.dir = dir + ".unfinished"
	if err := errors.Join(ownFolder(dir), ownFolder(w.dir)); err != nil {
		return err
	}
	if err := os.RemoveAll(w.dir); err != nil {
		return err
	}
	if err := os.MkdirAll(w.dir, 0o755); err != nil {
		return err
	}
	if err := w.run(ctx); err != nil {
		return err
	}
	return replaceFolder(dir, w.dir)
}

// wherever is the folder that a path leads to, through links.
func wherever(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	there, err := filepath.EvalSymlinks(dir)
	if errors.Is(err, os.ErrNotExist) {
		return dir, nil
	}
	return there, err
}

// replaceFolder puts a folder in the place of one that was written before.
func replaceFolder(dir, by string) error {
	before := dir + ".replaced"
	if err := ownFolder(before); err != nil {
		return err
	}
	if err := os.RemoveAll(before); err != nil {
		return err
	}
	if err := os.Rename(dir, before); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return errors.Join(os.Rename(by, dir), os.RemoveAll(before))
}

func (w *static) run(ctx context.Context) (err error) {
	if w.folder, err = scratch.New(""); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.folder.Close()) }()
	for _, s := range []**scratch.Sorter{&w.rules, &w.fingers, &w.handles} {
		*s = w.folder.Sorter()
	}
	err = errors.Join(w.all(ctx), w.accounts(ctx))
	if err == nil {
		err = w.configure(ctx)
	}
	return errors.Join(err, w.rules.Close(), w.fingers.Close(), w.handles.Close())
}

// unfinishedAnswer begins the name of a long answer while it is written. Who is killed
// then leaves it.
const unfinishedAnswer = "_redirects-"

// ownFolder is ErrExists for what this package did not write.
func ownFolder(dir string) error {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.IsDir():
		return ErrExists
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	ours := map[string]bool{".godwit": true, "server": true, "_redirects": true, "_headers": true}
	for _, e := range entries {
		if !ours[e.Name()] && !(e.Type().IsRegular() && strings.HasPrefix(e.Name(), unfinishedAnswer)) {
			return ErrExists
		}
	}
	return nil
}

// all writes what every address of the door file answers.
func (w *static) all(ctx context.Context) error {
	for r, err := range w.door.all(ctx) {
		if err != nil {
			return err
		}
		if r.role == isInbox {
			w.report.Inboxes++
		}
		if err := w.address(ctx, r.address); err != nil {
			return err
		}
	}
	for _, host := range sortedKeys(w.door.hosts) {
		for _, path := range []string{metaPath, metaPath + ".json", nodeInfoPath, infoPath} {
			if err := w.address(ctx, address{host: host, path: path}); err != nil {
				return err
			}
		}
	}
	return nil
}

// address writes what the handler says at one address, to each kind of request.
func (w *static) address(ctx context.Context, a address) error {
	line := rule{address: a}
	for _, wish := range wishes {
		out, err := w.ask(ctx, a.URL(w.door.scheme(a.host)), wish.accept)
		if err != nil {
			return err
		}
		line.says[wish.wish] = out
	}
	w.report.Rules++
	if w.o.Progress != nil {
		w.o.Progress(w.report.Rules)
	}
	return w.rules.Add(line.append(nil))
}

// accounts writes what WebFinger says of them.
func (w *static) accounts(ctx context.Context) error {
	for i := range w.door.accounts {
		a := &w.door.accounts[i]
		w.report.Accounts++
		if a.User != "" {
			if err := w.handle(ctx, a.User, a.ID.Host()); err != nil {
				return err
			}
		}
		for _, u := range append([]vocab.IRI{a.ID}, a.Pages...) {
			if err := w.finger(ctx, u); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *static) handle(ctx context.Context, user, host string) error {
	out, err := w.askFinger(ctx, host, "acct:"+user+"@"+host)
	if err != nil {
		return err
	}
	names := []string{user}
	if escaped := url.QueryEscape(user); escaped != user {
		names = append(names, escaped)
	}
	for _, name := range names {
		if !sayableHandle(name) {
			continue
		}
		if err := w.handles.Add([]byte(asciiLower(name+"@"+host) + "\x00" + out)); err != nil {
			return err
		}
	}
	return nil
}

func sayableHandle(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool { return unsayable(r) || r == ' ' || strings.ContainsRune(`"\$;{}~@:/`, r) })
}

// finger writes what is said of an account that is asked for by a URL, in the
// spellings that URLs have in a query.
func (w *static) finger(ctx context.Context, u vocab.IRI) error {
	out, err := w.askFinger(ctx, u.Host(), string(u))
	if err != nil {
		return err
	}
	spelled := []string{string(u)}
	if escaped := url.QueryEscape(string(u)); escaped != string(u) {
		spelled = append(spelled, escaped)
	}
	for _, name := range spelled {
		a := address{host: u.Host(), path: name}
		if strings.ContainsFunc(name, func(r rune) bool { return unsayable(r) || r == ' ' }) || strings.ContainsAny(name, "&#") {
			continue
		}
		if err := w.fingers.Add(rule{address: a, says: [3]string{out, out, out}}.append(nil)); err != nil {
			return err
		}
	}
	return nil
}

func (w *static) askFinger(ctx context.Context, host, resource string) (string, error) {
	u := vocab.IRI(w.door.scheme(host) + "://" + host + fingerPath + "?resource=" + url.QueryEscape(resource))
	return w.ask(ctx, u, "")
}

// ask has the handler answer, and keeps what it says in a file. It returns what a web
// server is told: "301 URL", "200 PATH", or a status.
func (w *static) ask(ctx context.Context, u vocab.IRI, accept string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, string(u), http.NoBody)
	if err != nil {
		return "", err
	}
	r.Header.Set("Accept", accept)
	out := &kept{header: http.Header{}, static: w}
	w.handler.ServeHTTP(out, r)
	switch err := out.end(); {
	case err != nil:
		return "", err
	case fmt.Sprint(len(out.held)) != out.header.Get("Content-Length") && out.file == nil && out.status == http.StatusOK:
		return "", io.ErrUnexpectedEOF
	case out.status == http.StatusMovedPermanently:
		return "301 " + out.header.Get("Location"), nil
	case out.status == http.StatusOK:
		return "200 " + out.path, nil
	case out.status == http.StatusNotFound, out.status == http.StatusGone:
		return fmt.Sprint(out.status), nil
	}
	return "", fmt.Errorf("the door file answers %s with %d", u.Document(), out.status)
}

// A kept is an answer that becomes a file.
type kept struct {
	static *static
	header http.Header
	status int
	held   []byte
	file   *os.File // what is too long to be held
	path   string
}

// heldBytes is how much of an answer is held in memory.
const heldBytes = 1 << 20

func (k *kept) Header() http.Header { return k.header }

func (k *kept) WriteHeader(status int) {
	if k.status == 0 {
		k.status = status
	}
}

func (k *kept) Write(p []byte) (int, error) {
	k.WriteHeader(http.StatusOK)
	switch {
	case k.status != http.StatusOK:
		return len(p), nil
	case k.file == nil && len(k.held)+len(p) <= heldBytes:
		k.held = append(k.held, p...)
		return len(p), nil
	case k.file == nil:
		f, err := os.CreateTemp(k.static.dir, unfinishedAnswer+"*")
		if err != nil {
			return 0, err
		}
		k.file = f
		if _, err := f.Write(k.held); err != nil {
			return 0, err
		}
	}
	return k.file.Write(p)
}

// end gives the answer a file by the name of its digest, in the folder for its type.
func (k *kept) end() error {
	if k.status != http.StatusOK {
		return nil
	}
	folder, ending := placeOf(k.header.Get("Content-Type"))
	if ending == "" {
		return fmt.Errorf("no ending stands for %q", k.header.Get("Content-Type"))
	}
	digest, err := k.digest()
	if err != nil {
		return err
	}
	k.path = folder + digest[:2] + "/" + digest + "." + ending
	name := filepath.Join(k.static.dir, filepath.FromSlash(k.path))
	if k.file != nil {
		k.static.report.Files++
		return errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), k.file.Chmod(0o644), k.file.Close(), os.Rename(k.file.Name(), name))
	}
	f, err := createNew(name)
	if errors.Is(err, os.ErrNotExist) {
		if err = os.MkdirAll(filepath.Dir(name), 0o755); err == nil {
			f, err = createNew(name)
		}
	}
	if errors.Is(err, os.ErrExist) {
		return nil // many addresses say the same
	}
	if err != nil {
		return err
	}
	k.static.report.Files++
	_, err = f.Write(k.held)
	return errors.Join(err, f.Close())
}

func createNew(name string) (*os.File, error) {
	return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
}

func (k *kept) digest() (string, error) {
	h := sha256.New()
	h.Write(k.held)
	if k.file != nil {
		h.Reset()
		if _, err := k.file.Seek(0, io.SeekStart); err != nil {
			return "", err
		}
		if _, err := io.Copy(h, k.file); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// endings are those of files that are no media.
var endings = map[string]string{
	typeActivity: "activity", typePage: "html", "application/jrd+json": "jrd", "application/xrd+xml": "xrd",
	"application/xrd+xml; charset=utf-8": "xrd8", typeJSON: "json", typeInfo: "nodeinfo",
}

// placeOf returns the folder for a type, and the ending that stands for it.
func placeOf(kind string) (folder, ending string) {
	switch {
	case kind == mediatype.Unknown:
		return downloadsPath, "bin"
	case strings.HasPrefix(kind, "image/"), strings.HasPrefix(kind, "video/"), strings.HasPrefix(kind, "audio/"):
		return mediaPath, mediatype.Extension(kind)
	case kind == typePage:
		return pagesPath, endings[kind]
	}
	return documentsPath, endings[kind]
}
