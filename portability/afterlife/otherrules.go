package afterlife

import (
	"net/url"
	"strings"
)

// otherRules writes what Caddy and the hosts that read _redirects can be told: those
// tell no two kinds of request apart.
func (w *static) otherRules(caddy, plain *ruleFile, rules []rule) error {
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
			if err := plain.line(text, len(r.path)); err != nil {
				return err
			}
		}
	}
	return nil
}

// caddyLine writes an entry of Caddy's map: the host and the decoded path, then what
// is said to each kind of request. Caddy escapes nothing but quotation marks inside of
// them, and reads braces as placeholders: what holds one of them is refused.
func caddyLine(r rule) (string, bool) {
	parts := []string{r.host + r.path}
	parts = append(parts, r.says[:]...)
	line := `"` + strings.Join(parts, `" "`) + `"`
	back := strings.Split(line, `"`)
	ok := len(back) == 9 && r.query == "" && !strings.ContainsAny(line, "{}\\`$\r\n\x00") && !strings.HasPrefix(r.host, "~")
	for i := 0; ok && i < len(parts); i++ {
		ok = back[2*i+1] == parts[i]
	}
	return line, ok
}

// plainLine writes a line for the hosts that read _redirects: a path, a target and a
// status. They do not tell requests apart, so that only what leads both kinds away is
// told, to where people find it; and they know no host.
func plainLine(r rule) (string, bool) {
	target, leads := strings.CutPrefix(r.says[page], "301 ")
	_, also := strings.CutPrefix(r.says[activity], "301 ")
	if !leads || !also || r.query != "" {
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
# Handles are the server's to answer: Caddy reads no query in a map.
map {http.request.host}{http.request.uri.path} {godwit_any} {godwit_activity} {godwit_page} {
    import caddy-rules
    default "" "" ""
}
@godwit_activity header_regexp Accept (?i)^[^,]*application/(activity|ld)\+json
@godwit_page header_regexp Accept (?i)(text/html|application/xhtml\+xml)
map {http.request.header.Accept} {godwit_rule} {
    "~(?i)^(application/(activity|ld)\+json)" "{godwit_activity}"
    "~(?i)text/html" "{godwit_page}"
    default "{godwit_any}"
}
`
