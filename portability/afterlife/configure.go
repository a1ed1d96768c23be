package afterlife

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/bits"
	"os"
	"path/filepath"
	"strings"

	"codeberg.org/godwit/godwit/internal/mediatype"
	"codeberg.org/godwit/godwit/internal/scratch"
)

// mostAlike is how many addresses may differ in case alone. The rest, no rule of nginx
// tells.
const mostAlike = 256

// A ruleFile is a file with a line for each rule.
type ruleFile struct {
	file *os.File
	w    *bufio.Writer
	n    int
	key  int // the longest
}

func (w *static) ruleFile(name string) (*ruleFile, error) {
	path := filepath.Join(w.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return nil, err
	}
	return &ruleFile{file: f, w: bufio.NewWriterSize(f, 1<<16)}, nil
}

func (f *ruleFile) line(text string, key int) error {
	f.n++
	f.key = max(f.key, key)
	_, err := f.w.WriteString(text + "\n")
	return err
}

func (f *ruleFile) close() error { return errors.Join(f.w.Flush(), f.file.Close()) }

// configure writes the rules for each web server, and what they need besides.
func (w *static) configure(ctx context.Context) error {
	if err := w.errorPages(); err != nil {
		return err
	}
	names := []string{"server/nginx-rules.map", "server/nginx-query.map", "server/nginx-resources.map", "server/nginx-handles.map",
		"server/caddy-rules", "server/caddy-resources"}
	files := make([]*ruleFile, len(names))
	for i, name := range names {
		var err error
		if files[i], err = w.ruleFile(name); err != nil {
			return err
		}
	}
	plain, err := w.plainFiles()
	err = errors.Join(err, w.writeRules(ctx, files, plain), plain.close())
	size, key := 0, 0
	for i, f := range files {
		err = errors.Join(err, f.close())
		if i < 4 {
			size, key = max(size, f.n), max(key, f.key)
		}
	}
	if err != nil {
		return err
	}
	return w.serverFiles(size, key)
}

func (w *static) writeRules(ctx context.Context, files []*ruleFile, plain plainFiles) error {
	err := eachAlike(ctx, w.rules, func(key string, rules []rule) error {
		paths, queries := byQuery(rules)
		return errors.Join(w.nginxRules(files[0], key, paths), w.eachQuery(files[1], queries), w.otherRules(files[4], plain, rules))
	})
	if err != nil {
		return err
	}
	err = eachAlike(ctx, w.fingers, func(key string, rules []rule) error {
		for _, r := range rules {
			if line, ok := caddyResource(r.host, r.path, r.says[anything]); ok {
				if err := files[5].line(line, 0); err != nil {
					return err
				}
			}
		}
		return w.nginxRules(files[2], key, rules)
	})
	if err != nil {
		return err
	}
	return w.writeHandles(files[3], files[5])
}

// eachAlike calls f for all rules whose addresses differ in case alone. The same address
// counts once, as what came first.
func eachAlike(ctx context.Context, s *scratch.Sorter, f func(key string, rules []rule) error) error {
	key, alike := "", []rule(nil)
	for data, err := range s.All() {
		if err := errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		folded, r := parseRule(data)
		if folded != key && alike != nil {
			if err := f(key, alike); err != nil {
				return err
			}
			alike = nil
		}
		key = folded
		if n := len(alike); n == 0 || alike[n-1].address != r.address {
			alike = append(alike, r)
		}
	}
	if alike == nil {
		return nil
	}
	return f(key, alike)
}

func byQuery(rules []rule) (paths, queries []rule) {
	for _, r := range rules {
		if r.query == "" {
			paths = append(paths, r)
		} else {
			queries = append(queries, r)
		}
	}
	return paths, queries
}

// eachQuery groups rules with queries by those.
func (w *static) eachQuery(f *ruleFile, rules []rule) error {
	groups := map[string][]rule{}
	for _, r := range rules {
		key := asciiLower(r.host + r.name())
		groups[key] = append(groups[key], r)
	}
	for _, key := range sortedKeys(groups) {
		if err := w.nginxRules(f, key, groups[key]); err != nil {
			return err
		}
	}
	return nil
}

// nginxRules writes one line for nginx. A rule that it cannot be told, it answers as
// one that never was.
func (w *static) nginxRules(f *ruleFile, key string, rules []rule) error {
	if len(rules) > mostAlike {
		w.report.Unsaid += int64(len(rules) - mostAlike)
		rules = rules[:mostAlike]
	}
	if len(rules) == 0 {
		return nil
	}
	text, ok := nginxLine{key, rules}.line()
	if !ok {
		w.report.Unsaid += int64(len(rules))
		return nil
	}
	return f.line(text, len(key))
}

func (w *static) writeHandles(f, caddy *ruleFile) error {
	before := ""
	for data, err := range w.handles.All() {
		if err != nil {
			return err
		}
		handle, says, _ := strings.Cut(string(data), "\x00")
		if handle == before {
			continue
		}
		before = handle
		if line, ok := caddyHandle(handle, says); ok {
			if err := caddy.line(line, 0); err != nil {
				return err
			}
		}
		if err := f.line(quote(handle, "$")+" "+quote(says, "${godwit_dollar}")+";", len(handle)); err != nil {
			return err
		}
	}
	return nil
}

// errorPages are the bodies of answers that are none.
func (w *static) errorPages() error {
	for name, text := range map[string]string{"301": "", "404": textMissing, "410": textGone, "400": "bad request\n",
		"finger": "exactly one resource must be asked for\n", "405": "only GET and HEAD are answered\n"} {
		path := filepath.Join(w.dir, filepath.FromSlash(errorsPath), name+".txt")
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil { //nolint:gosec // it is for everybody
			return err
		}
	}
	return nil
}

// serverFiles writes the configuration around the rules.
func (w *static) serverFiles(rules, key int) error {
	bucket := max(128, 1<<bits.Len(uint(key+64)))
	size := 2 << bits.Len(uint(rules|1023))
	hosts := &bytes.Buffer{}
	for _, host := range w.hosts() {
		fmt.Fprintf(hosts, "    %s %s;\n", quote(host, "$"), quote(host, "$"))
		if !strings.Contains(host, ":") {
			fmt.Fprintf(hosts, "    %s %s;\n", quote(host+":443", "$"), quote(host, "$"))
		}
	}
	types := &bytes.Buffer{}
	for _, kind := range sortedKeys(endings) {
		fmt.Fprintf(types, "        %s %s;\n", quote(kind, "$"), endings[kind])
	}
	media := &bytes.Buffer{}
	for _, kind := range shown {
		fmt.Fprintf(media, "        %s %s;\n", quote(kind, "$"), mediatype.Extension(kind))
	}
	for name, text := range map[string]string{
		"server/nginx-http.conf":   fmt.Sprintf(nginxHTTP, bucket, size, hosts),
		"server/nginx-server.conf": fmt.Sprintf(nginxServer, types, media),
		"server/Caddyfile":         caddyConfiguration(),
		"_headers":                 plainHeaders,
	} {
		if err := os.WriteFile(filepath.Join(w.dir, filepath.FromSlash(name)), []byte(text), 0o644); err != nil { //nolint:gosec // it is for everybody
			return err
		}
	}
	return nil
}

// hosts are those that anything answers for.
func (w *static) hosts() []string {
	all := map[string]bool{}
	for host := range w.door.hosts {
		all[host] = true
	}
	for data, err := range w.rules.All() {
		if err != nil {
			break
		}
		if _, r := parseRule(data); isPlainHost(r.host) {
			all[r.host] = true
		}
	}
	return sortedKeys(all)
}

func isPlainHost(host string) bool {
	return host != "" && !strings.ContainsFunc(host, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || strings.ContainsRune(".-:[]_", r))
	})
}
