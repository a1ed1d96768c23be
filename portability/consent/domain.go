package consent

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"codeberg.org/godwit/godwit/vocab"
)

// domains are names of hosts; each stands for all names below it, too. They are in the
// form in which they are asked for: A-labels in lower case.
type domains struct {
	names map[string]bool
}

// parseDomains reads names as people write them, in any script. A mistake in one is an
// error: a block that never matches is worse than none.
func parseDomains(names []string) (domains, error) {
	d := domains{names: map[string]bool{}}
	for _, name := range names {
		ascii, err := asciiDomain(strings.TrimPrefix(name, "*."))
		if err != nil {
			return domains{}, fmt.Errorf("domain %q: %w", name, err)
		}
		d.names[ascii] = true
	}
	return d, nil
}

// has reports whether the host of an address is one of the domains, or below one.
func (d domains) has(address vocab.IRI) bool {
	return len(d.names) > 0 && d.under(hostOf(address))
}

func (d domains) under(host string) bool {
	for host != "" {
		if d.names[host] {
			return true
		}
		_, host, _ = strings.Cut(host, ".")
	}
	return false
}

// hostOf returns the host of an http or https address without its port, in A-labels; ""
// if there is none that can be judged.
func hostOf(address vocab.IRI) string {
	host := address.Host()
	if at := strings.LastIndexByte(host, ':'); at >= 0 && !strings.HasSuffix(host, "]") {
		host = host[:at]
	}
	if strings.HasPrefix(host, "[") {
		return host
	}
	ascii, err := asciiDomain(host)
	if err != nil {
		return ""
	}
	return ascii
}

// dots are the characters that IDNA takes for a dot.
var dots = strings.NewReplacer("。", ".", "．", ".", "｡", ".")

// asciiDomain writes a name in A-labels (RFC 5890), in lower case, without a dot at its
// end. It takes a name that is in the normal form already; where two spellings would
// be one name after more folding than that, it is an error: write the A-labels.
func asciiDomain(name string) (string, error) {
	name = strings.TrimSuffix(strings.ToLower(dots.Replace(name)), ".")
	if name == "" || len(name) > 253 {
		return "", fmt.Errorf("not the name of a host")
	}
	labels := strings.Split(name, ".")
	for i, label := range labels {
		ascii, err := asciiLabel(label)
		if err != nil {
			return "", err
		}
		labels[i] = ascii
	}
	return strings.Join(labels, "."), nil
}

func asciiLabel(label string) (string, error) {
	if strings.ContainsFunc(label, needsFolding) {
		return "", fmt.Errorf("not in the normal form of its script; write it in A-labels (xn--…)")
	}
	ascii := label
	if strings.ContainsFunc(label, func(r rune) bool { return r >= 0x80 }) {
		ascii = "xn--" + punycode([]rune(label))
	}
	if ascii == "" || len(ascii) > 63 || strings.ContainsFunc(ascii, isNoHost) {
		return "", fmt.Errorf("not the name of a host")
	}
	return ascii, nil
}

// needsFolding tells characters that have another spelling: combining accents, full and
// half widths, ligatures, letters as symbols, what is invisible, what is no character.
func needsFolding(r rune) bool {
	switch {
	case r < 0x80:
		return false
	case r == unicode.ReplacementChar, r >= 0x300 && r <= 0x36f, r >= 0xf900 && r <= 0xfaff, r >= 0xfb00 && r <= 0xffff, r >= 0x1d400 && r <= 0x1d7ff:
		return true
	}
	return !unicode.In(r, unicode.L, unicode.M, unicode.Nd) && r != '·'
}

func isNoHost(r rune) bool {
	return !('a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '-' || r == '_')
}

// punycode encodes a label after RFC 3492 §6.3.
func punycode(label []rune) string {
	var out []byte
	for _, r := range label {
		if r < 0x80 {
			out = append(out, byte(r))
		}
	}
	basic := len(out)
	if basic > 0 {
		out = append(out, '-')
	}
	n, delta, bias := rune(0x80), 0, 72
	for done := basic; done < len(label); {
		next := slices.MinFunc(label, func(a, b rune) int { return punyRank(a, n) - punyRank(b, n) })
		delta += int(next-n) * (done + 1)
		n = next
		for _, r := range label {
			if r < n {
				delta++
			}
			if r == n {
				out = punyNumber(out, delta, bias)
				bias = punyBias(delta, done+1, done == basic)
				delta = 0
				done++
			}
		}
		delta++
		n++
	}
	return string(out)
}

// punyRank puts what is below n behind everything.
func punyRank(r, n rune) int {
	if r < n {
		return unicode.MaxRune + 1
	}
	return int(r)
}

func punyNumber(out []byte, delta, bias int) []byte {
	for k := 36; ; k += 36 {
		t := min(max(k-bias, 1), 26)
		if delta < t {
			return append(out, punyDigit(delta))
		}
		out = append(out, punyDigit(t+(delta-t)%(36-t)))
		delta = (delta - t) / (36 - t)
	}
}

func punyDigit(d int) byte { return "abcdefghijklmnopqrstuvwxyz0123456789"[d] }

func punyBias(delta, count int, first bool) int {
	if first {
		delta /= 700
	} else {
		delta /= 2
	}
	delta += delta / count
	k := 0
	for ; delta > 455; k += 36 {
		delta /= 35
	}
	return k + 36*delta/(delta+38)
}
