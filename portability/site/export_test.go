package site

// Rules exposes the encoders to tests: the line for a pair in each file of rules,
// "" where it is refused.
func Rules(from, to string) map[string]string {
	rules := map[string]string{}
	p := pair{from, to}
	for _, e := range encoders() {
		rule, ok := e.line(p)
		if !ok || p.sayable() != "" {
			rule = ""
		}
		rules[e.path] = rule
	}
	return rules
}

// Sanitize makes HTML fit to stand in a page.
func Sanitize(markup string) string { return newSanitizer().HTML(markup) }

// Sniff tells a file by its bytes.
func Sniff(data string) (mediaType, extension, shown string) {
	f := sniff([]byte(data))
	return f.mediaType, f.extension, f.shown
}
