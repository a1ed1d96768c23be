package afterlife

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"codeberg.org/godwit/godwit/internal/mediatype"
	"codeberg.org/godwit/godwit/vocab"
)

// otherRules writes what Caddy and the hosts that read _redirects can be told: those
// tell no two kinds of request apart.
func (w *static) otherRules(caddy *ruleFile, plain plainFiles, rules []rule) error {
	for _, r := range rules {
		text, ok := caddyLine(r)
		if !ok {
			w.report.UnsaidElsewhere++
			continue
		}
		if err := caddy.line(text, len(r.path)); err != nil {
			return err
		}
		if text, ok = plainLine(r); ok {
			if err := plain.line(r.host, text); err != nil {
				return err
			}
		}
	}
	return nil
}

// plainFiles are what the hosts that read _redirects can be told. Those know no host of an
// address: where the door file has several, each has a file of its own, to be put beside
// the others as _redirects where that host is served.
type plainFiles struct {
	*static
	files map[string]*ruleFile
}

func (w *static) plainFiles() (plainFiles, error) {
	p := plainFiles{static: w, files: map[string]*ruleFile{}}
	hosts := w.hosts()
	for _, host := range hosts {
		name := "_redirects"
		if len(hosts) > 1 {
			name = "server/_redirects-" + strings.ReplaceAll(host, ":", "_")
		}
		f, err := w.ruleFile(name)
		if err != nil {
			return p, err
		}
		p.files[host] = f
	}
	return p, nil
}

func (p plainFiles) line(host, text string) error {
	f, ok := p.files[host]
	if !ok {
		return nil // a host by whose name nobody asks
	}
	return f.line(text, 0)
}

func (p plainFiles) close() error {
	var err error
	for _, f := range p.files {
		err = errors.Join(err, f.close())
	}
	return err
}

// caddyLine writes an entry of Caddy's map: the host and the decoded path, then what
// is said to each kind of request.
func caddyLine(r rule) (string, bool) {
	if r.query != "" || !strings.HasPrefix(r.path, "/") {
		return "", false
	}
	return caddyWords(append([]string{r.host + r.path}, r.says[:]...)...)
}

// caddyWords writes words for Caddy. It escapes nothing but quotation marks inside of
// them, and reads braces as placeholders: what holds one of those is refused, as is
// what would be an expression.
func caddyWords(words ...string) (string, bool) {
	line := `"` + strings.Join(words, `" "`) + `"`
	back := strings.Split(line, `"`)
	ok := len(back) == 2*len(words)+1 && !strings.ContainsAny(line, "{}\\`$\r\n\x00") && !strings.HasPrefix(words[0], "~")
	for i := 0; ok && i < len(words); i++ {
		ok = back[2*i+1] == words[i]
	}
	return line, ok
}

// plainLine writes a line for the hosts that read _redirects: a path, a target and a
// status. They do not tell requests apart, so that only what leads both kinds away is
// told, to where people find it; and they know no host.
func plainLine(r rule) (string, bool) {
	target, leads := strings.CutPrefix(r.says[page], "301 ")
	_, also := strings.CutPrefix(r.says[activity], "301 ")
	isPlain := !strings.ContainsFunc(target, func(c rune) bool { return c <= ' ' || c > '~' })
	if !leads || !also || r.query != "" || !isPlain || !strings.HasPrefix(r.path, "/") || !vocab.IRI(target).IsHTTP() {
		return "", false
	}
	line := escapePath(r.path) + " " + escapeTarget(target) + " 301"
	parts := strings.Split(line, " ")
	if len(parts) != 3 || strings.ContainsAny(parts[0], ":*#?&=") || strings.ContainsAny(line, "\r\n\x00") {
		return "", false
	}
	from, err := url.PathUnescape(parts[0])
	to := strings.NewReplacer("%3A", ":", "%2A", "*").Replace(parts[1])
	return line, err == nil && from == r.path && to == strings.NewReplacer("%3A", ":", "%2A", "*").Replace(target)
}

// escapePath encodes all but what stands for itself wherever it is written.
func escapePath(path string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(path) {
		c := path[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~/@", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(digits[c>>4])
		b.WriteByte(digits[c&15])
	}
	return b.String()
}

// escapeTarget hides what means something in a target there: ":" behind the scheme
// and host begins a name, "*" is none.
func escapeTarget(target string) string {
	u, err := url.Parse(target)
	if err != nil || u.Host == "" {
		return target
	}
	front := u.Scheme + "://" + u.Host
	rest := strings.TrimPrefix(target, front)
	return front + strings.NewReplacer(":", "%3A", "*", "%2A").Replace(rest)
}

const plainHeaders = `/*
  X-Content-Type-Options: nosniff
  Referrer-Policy: no-referrer
/.godwit/m/*
  Content-Security-Policy: sandbox; default-src 'none'
/.godwit/f/*
  Content-Security-Policy: sandbox; default-src 'none'
  Content-Disposition: attachment
`

const caddyfile = `# To be imported inside of the site's block, whose root is the folder with _redirects.
map {http.request.host}{http.request.uri.path} {godwit_any} {godwit_activity} {godwit_page} {
	import caddy-rules
	default 404 404 404
}
map {http.request.header.Accept} {godwit_first} {
	"~(?i)^.*?(application/(?:activity|ld)\+json|text/html|application/xhtml\+xml)" "${1}"
	default none
}
map {godwit_first} {godwit_kind} {
	"~(?i)json$" activity
	"~(?i)ml$" page
	default any
}
map {godwit_kind} {godwit_rule} {
	activity {godwit_activity}
	page {godwit_page}
	default {godwit_any}
}
map {http.request.host}{http.request.uri.query.resource} {godwit_resource} {
	import caddy-resources
	default 404
}
header Vary Accept
header X-Content-Type-Options nosniff
header Cache-Control "public, max-age=180"
@godwit_finger path /.well-known/webfinger
handle @godwit_finger {
	@godwit_found vars_regexp godwit_jrd {godwit_resource} ^200\s(/\.godwit/a/.*)$
	handle @godwit_found {
		rewrite * {re.godwit_jrd.1}
		header Content-Type application/jrd+json
		header Access-Control-Allow-Origin *
		file_server
	}
	@godwit_lost vars {godwit_resource} 410
	header Content-Type "text/plain; charset=utf-8"
	respond @godwit_lost "gone
" 410
	@godwit_nothing expression {http.request.uri.query.resource} == ""
	respond @godwit_nothing "exactly one resource must be asked for
" 400
	respond "not found
" 404
}
handle {
	@godwit_to vars_regexp godwit_to {godwit_rule} ^301\s(.*)$
	handle @godwit_to {
		redir {re.godwit_to.1} 301
	}
	@godwit_gone vars {godwit_rule} 410
	handle @godwit_gone {
		header Content-Type "text/plain; charset=utf-8"
		respond "gone
" 410
	}
%[1]s	handle {
		header Content-Type "text/plain; charset=utf-8"
		respond "not found
" 404
	}
}
`

const caddyFiles = `	@godwit_%[1]s vars_regexp godwit_%[1]s {godwit_rule} ^200\s(/\.godwit/./.*\.%[1]s)$
	handle @godwit_%[1]s {
		rewrite * {re.godwit_%[1]s.1}
		header Content-Type %[2]s
%[3]s		file_server
	}
`

// caddyConfiguration is the part for each type of file, and what is around them.
func caddyConfiguration() string {
	var parts strings.Builder
	add := func(ending, kind, more string) {
		fmt.Fprintf(&parts, caddyFiles, ending, "`"+kind+"`", more)
	}
	for _, kind := range sortedKeys(endings) {
		more := ""
		if kind == typePage {
			more = "\t\theader Content-Security-Policy \"default-src 'none'\"\n"
		}
		add(endings[kind], kind, more)
	}
	const sandbox = "\t\theader Content-Security-Policy \"sandbox; default-src 'none'\"\n"
	for _, kind := range shown {
		add(mediatype.Extension(kind), kind, sandbox)
	}
	add("bin", mediatype.Unknown, sandbox+"\t\theader Content-Disposition attachment\n")
	return fmt.Sprintf(caddyfile, parts.String())
}

// caddyResource writes an entry of the map of what WebFinger is asked for.
func caddyResource(host, resource, says string) (string, bool) {
	return caddyWords(host+resource, says)
}

// caddyHandle writes an entry for a handle, in any case and with or without what
// stands before it.
func caddyHandle(handle, says string) (string, bool) {
	user, host, _ := strings.Cut(handle, "@")
	if !plainName.MatchString(user) || !isPlainHost(host) || strings.Contains(host, "[") {
		return "", false
	}
	line := `"~(?i)^` + regexp.QuoteMeta(host) + `(?:acct:)?@?` + regexp.QuoteMeta(user) + `@` + regexp.QuoteMeta(host) + `$" "` + says + `"`
	return line, !strings.ContainsAny(line, "{}\r\n\x00`")
}

var plainName = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)
