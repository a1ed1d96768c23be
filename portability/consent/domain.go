package consent

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

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

// hostOf returns the host of an http or https address without its port, in the form of
// [asciiDomain]; "" if there is none that can be judged.
func hostOf(address vocab.IRI) string {
	host := address.Host()
	if at := strings.LastIndexByte(host, ':'); at >= 0 && !strings.HasSuffix(host, "]") {
		host = host[:at]
	}
	ascii, err := asciiDomain(host)
	if err != nil {
		return ""
	}
	return ascii
}

// personOf is the id of an actor in one spelling of all that lead to the same document: the
// scheme and its own port say nothing, and an escape is what it stands for.
func personOf(id vocab.IRI) string {
	host := hostOf(id)
	if host == "" {
		return string(id)
	}
	if _, port, found := strings.Cut(id.Host()[strings.LastIndexByte(id.Host(), ']')+1:], ":"); found {
		host += ":" + port
	}
	_, rest, _ := strings.Cut(string(id), "://")
	path := ""
	if at := strings.IndexAny(rest, "/?#"); at >= 0 {
		path = rest[at:]
	}
	if plain, err := url.PathUnescape(path); err == nil {
		path = plain
	}
	return host + "/" + strings.TrimPrefix(path, "/")
}

func isPerson(people []vocab.IRI, id vocab.IRI) bool {
	return slices.ContainsFunc(people, func(other vocab.IRI) bool { return personOf(other) == personOf(id) })
}

// dots are the characters that IDNA takes for a dot.
var dots = strings.NewReplacer("。", ".", "．", ".", "｡", ".")

var (
	errNoHost   = errors.New("not the name of a host")
	errDoubtful = errors.New("letters that have other spellings; write it in A-labels (xn--…)")
)

// asciiDomain writes a name in A-labels (RFC 5890), in lower case, without a dot at its
// end, and an address of IP as package net/netip does. It takes only names of which there
// is no doubt what a client makes of them: letters that fold into others, and accents that
// are characters of their own, are an error. A-labels always can be written.
func asciiDomain(name string) (string, error) {
	if addr, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil && addr.Zone() == "" {
		return addr.Unmap().String(), nil
	}
	if strings.ContainsFunc(name, isDoubtfulCapital) {
		return "", errDoubtful
	}
	name = strings.TrimSuffix(strings.ToLower(dots.Replace(name)), ".")
	if name == "" || len(name) > 253 {
		return "", errNoHost
	}
	labels := strings.Split(name, ".")
	for i, label := range labels {
		ascii, err := asciiLabel(label)
		if err != nil {
			return "", err
		}
		labels[i] = ascii
	}
	if last := labels[len(labels)-1]; strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x") {
		return "", errors.New("not an address of IP as it is written")
	}
	ascii := strings.Join(labels, ".")
	if len(ascii) > 253 {
		return "", errNoHost
	}
	return ascii, nil
}

func asciiLabel(label string) (string, error) {
	if strings.ContainsFunc(label, isDoubtful) {
		return "", errDoubtful
	}
	ascii := label
	if strings.ContainsFunc(label, func(r rune) bool { return r >= 0x80 }) {
		ascii = "xn--" + punycode([]rune(label))
	}
	if ascii == "" || len(ascii) > 63 || strings.ContainsFunc(ascii, isNoHost) {
		return "", errNoHost
	}
	return ascii, nil
}

func isNoHost(r rune) bool {
	return !('a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '-' || r == '_')
}
