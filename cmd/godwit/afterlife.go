package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"codeberg.org/godwit/godwit/internal/scratch"
	"codeberg.org/godwit/godwit/portability/afterlife"
	"codeberg.org/godwit/godwit/vocab"
)

func afterlifeCommand() command {
	return command{
		name:    "afterlife",
		args:    "build ARCHIVE... -o DOOR | serve DOOR | forget DOOR URL... | check DOOR | claim DOOR ACCOUNT NEW | secret DOOR ACCOUNT | static DOOR DIR",
		summary: "keep the accounts of a server answering after its end",
		about: `
"build" makes a door file, the folder DOOR, of archives of one account each, and of URI
maps. It has the accounts, their keys and handles, and what was for everybody, with
its files; nothing else is in it. For each account a claim secret is printed, once:
give it to the person. Run again with more archives, DOOR is made anew; secrets stay.
Where accounts went, -moved-to says: OLD=NEW, with the URLs of both, once for each, or a
CSV file of such rows, as "godwit close" reads it: old,new, where old may be @user@host
and a row without new is passed over. You vouch for it; nobody is asked.

"serve" answers under the old server's name, behind a proxy that has its certificate
and leaves Host as it is. It takes what the owners of accounts delete. With -key, a
file with an account's private key (PEM), it also rejects follows of that account; give
-key once for each, as ACCOUNT=FILE. With -check it does now and then what "check" does
once: it asks each new account whether it still lists the old one as its alias, tells of
those that do not, and of the others forgets what their servers say is gone (410). People
are led on all the same: whether a doubted account has changed hands, a person must see.

"forget" has accounts, posts or files answer as gone (410), for good: that lies in
DOOR.forgotten, beside DOOR, and outranks every later build. "claim" says where an
account went; the secret is asked for, or read from standard input. The new account
must list the old one as its alias. With -key and -followers, an archive that has the
followers, the Move is then signed and sent. "secret" makes a new one in place of one
that was lost. All of these may be run while the door file is served.

"static" writes the same answers as files into DIR, with configuration for nginx in
DIR/server, rules for Caddy, and _redirects. They take no deliveries and no claims.

A build that is interrupted (exit status 4) is continued when the same command is run
again.`,
		examples: []string{
			"godwit afterlife build alice.tar.zst bob.zip -map moved.map -o old.door",
			"godwit afterlife build exports/*.zip -moved-to moved.csv -o old.door",
			"godwit afterlife serve old.door -listen 127.0.0.1:8080 -origin https://old.example",
			"godwit afterlife forget old.door https://old.example/@alice/1",
			"godwit afterlife claim old.door https://old.example/users/alice https://new.example/users/alice",
			"godwit afterlife static old.door /var/www/old",
		},
		run: runAfterlife,
	}
}

// An afterlifeJob is what the command line asks for.
type afterlifeJob struct {
	*archiveFlags
	c         *call
	out       string
	maps      texts
	movedTo   texts
	static    string
	listen    string
	origin    string
	keys      texts
	followers string
	check     time.Duration
}

func runAfterlife(ctx context.Context, c *call) error {
	flags, archive := c.archiveFlags()
	archive.salvageFlag(flags)
	c.jsonFlag(flags)
	flags.Var(&c.trusted, "trust", "host:port that may be on a private network; may be repeated")
	j := &afterlifeJob{archiveFlags: archive, c: c}
	flags.StringVar(&j.out, "o", "", "build: the door file, a `folder`")
	flags.Var(&j.maps, "map", "build: a URI map in a `file`, as portability/uriindex writes it; may be repeated")
	flags.Var(&j.movedTo, "moved-to", "build: where accounts went: `OLD=NEW`, or a file with such rows, or for one archive NEW; may be repeated")
	flags.StringVar(&j.static, "static", "", "build: also write the answers as files into this `folder`")
	flags.StringVar(&j.listen, "listen", "127.0.0.1:8080", "serve: the `address` to listen on")
	flags.StringVar(&j.origin, "origin", "", "serve: the old server's `URL`, as https://old.example (default: what each request names)")
	flags.DurationVar(&j.check, "check", 0, "serve: how often the new places are asked, as 24h (default never)")
	flags.Var(&j.keys, "key", "serve, claim: `ACCOUNT=FILE` with the account's private key; may be repeated")
	flags.StringVar(&j.followers, "followers", "", "claim: the `archive` with the followers to whom the Move is sent")
	args, err := c.parse(flags, 1, manyFiles)
	if err != nil {
		return err
	}
	return j.run(ctx, args[0], args[1:])
}

func (j *afterlifeJob) run(ctx context.Context, verb string, args []string) error {
	switch {
	case verb == "build" && len(args) > 0 && j.out != "":
		return j.build(ctx, args)
	case verb == "build":
		return usageError{j.c.command, "build needs archives, and -o with a name for the door file"}
	case verb == "serve" && len(args) == 1:
		return j.with(args[0], func(d *opened) error { return j.serve(ctx, d) })
	case verb == "forget" && len(args) > 1:
		return j.with(args[0], func(d *opened) error { return j.forget(d, args[1:]) })
	case verb == "check" && len(args) == 1:
		return j.with(args[0], func(d *opened) error { return j.checkOnce(ctx, d) })
	case verb == "claim" && len(args) == 3:
		return j.with(args[0], func(d *opened) error { return j.claim(ctx, d, vocab.IRI(args[1]), vocab.IRI(args[2])) })
	case verb == "secret" && len(args) == 2:
		return j.with(args[0], func(d *opened) error { return j.secret(d, vocab.IRI(args[1])) })
	case verb == "static" && len(args) == 2:
		return j.with(args[0], func(d *opened) error { return j.writeStatic(ctx, d, args[1]) })
	}
	if needs := verbNeeds[verb]; needs != "" {
		return usageError{j.c.command, verb + " needs " + needs + ", and nothing else"}
	}
	return usageError{j.c.command, "what is to be done? build, serve, forget, check, claim, secret or static, with what help says"}
}

// verbNeeds is what stands behind each verb.
var verbNeeds = map[string]string{
	"serve": "DOOR", "forget": "DOOR and URLs", "check": "DOOR", "claim": "DOOR, ACCOUNT and NEW", "secret": "DOOR and ACCOUNT", "static": "DOOR and DIR",
}

// An opened is a door file with what lies beside it.
type opened struct {
	path       string
	door       *afterlife.Door
	tombstones *afterlife.Tombstones
	claims     *afterlife.Claims
}

// with opens a door file and what lies beside it.
func (j *afterlifeJob) with(path string, do func(*opened) error) (err error) {
	door, err := afterlife.Open(path)
	if err != nil {
		return explainAfterlife(context.Background(), path, err)
	}
	defer func() { err = errors.Join(err, door.Close()) }()
	return withOverlay(path, func(t *afterlife.Tombstones, c *afterlife.Claims) error {
		return do(&opened{path, door, t, c})
	})
}

func withOverlay(path string, do func(*afterlife.Tombstones, *afterlife.Claims) error) (err error) {
	t, err := afterlife.OpenTombstones(afterlife.TombstonesPath(path))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	c, err := afterlife.OpenClaims(afterlife.ClaimsPath(path))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	return do(t, c)
}

func (j *afterlifeJob) forget(d *opened, urls []string) error {
	var unknown []string
	for _, u := range urls {
		switch err := d.tombstones.Forget(d.door, vocab.IRI(u)); {
		case errors.Is(err, afterlife.ErrUnknown):
			unknown = append(unknown, u)
		case err != nil:
			return err
		}
	}
	var failed error
	if len(unknown) > 0 {
		failed = &exitError{status: statusFailed, err: afterlife.ErrUnknown, hint: "give the URL of an account, a post or a file; should it come with another archive, it is forgotten all the same"}
	}
	return errors.Join(j.sayForgotten(len(urls)-len(unknown), unknown, failed), failed)
}

// sayForgotten prints what was forgotten. For machines, a failure is in the same document.
func (j *afterlifeJob) sayForgotten(n int, unknown []string, failed error) error {
	if j.c.json {
		said, _ := failureOf(failed)
		return j.c.printJSON(struct {
			Forgotten int      `json:"forgotten"`
			Unknown   []string `json:"unknown,omitempty"`
			Error     string   `json:"error,omitempty"`
			Hint      string   `json:"hint,omitempty"`
		}{n, unknown, said.Error, said.Hint})
	}
	for _, u := range unknown {
		fmt.Fprintf(j.c.stdout, "unknown    %s\n", printable(u))
	}
	_, err := fmt.Fprintf(j.c.stdout, "forgotten  %d\n", n)
	return err
}

func (j *afterlifeJob) secret(d *opened, account vocab.IRI) error {
	if err := d.tombstones.Account(account); err != nil {
		return explainClaim(err)
	}
	if _, err := d.door.Actor(account, nil); err != nil {
		return err
	}
	return d.claims.Renew(account, func(account vocab.IRI, secret string) error {
		if j.c.json {
			return j.c.printJSON(handed{account, secret})
		}
		_, err := fmt.Fprintf(j.c.stdout, "%s %s\n", printable(string(account)), secret)
		return err
	})
}

func (j *afterlifeJob) writeStatic(ctx context.Context, d *opened, dir string) error {
	report, err := j.staticFiles(ctx, d, dir)
	if err != nil {
		return err
	}
	if j.c.json {
		return j.c.printJSON(report)
	}
	fmt.Fprintf(j.c.stdout, "files      %d\naddresses  %d, of which Caddy cannot be told %d\n", report.Files, report.Rules, report.UnsaidElsewhere)
	_, err = fmt.Fprintf(j.c.stdout, "configure  %s\n", printable(dir+"/server/nginx-http.conf"))
	return err
}

// staticFiles writes the folder, and shows how far it is.
func (j *afterlifeJob) staticFiles(ctx context.Context, d *opened, dir string) (*afterlife.StaticReport, error) {
	m := j.c.meter()
	defer m.close()
	report, err := afterlife.WriteStatic(ctx, d.door, dir, &afterlife.StaticOptions{
		Tombstones: d.tombstones, Claims: d.claims,
		Progress: func(n int64) {
			if n == 1 || n%showEvery == 0 {
				m.items("addresses written", n, 0)
			}
		},
	})
	if err != nil {
		again := fmt.Sprintf("run the same command again to begin anew, or remove %s.unfinished; %s is as it was", filepath.Clean(dir), dir)
		return nil, cmp.Or(stopped(ctx, err, again), explainAfterlife(ctx, dir, err))
	}
	return report, nil
}

// explainAfterlife says what can be done about a door file.
func explainAfterlife(ctx context.Context, path string, err error) error {
	switch {
	case errors.Is(err, afterlife.ErrNoDoor):
		return &exitError{status: statusFailed, err: err, hint: "make one with godwit afterlife build"}
	case errors.Is(err, afterlife.ErrVersion):
		return &exitError{status: statusFailed, err: err, hint: "build it again from its archives"}
	case errors.Is(err, afterlife.ErrExists):
		return &exitError{status: statusFailed, err: err, hint: "give another name, or an empty folder"}
	case errors.Is(err, scratch.ErrInUse):
		return &exitError{status: statusFailed, err: err, hint: "wait until the other godwit that builds it has ended"}
	}
	again := fmt.Sprintf("run the same command again to go on, or remove %s.unfinished to begin anew", path)
	return cmp.Or(stopped(ctx, err, again), explainArchive(err))
}
