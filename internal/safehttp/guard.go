package safehttp

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"syscall"
)

// A guard opens connections to public addresses and to trusted pairs.
type guard struct {
	trusted map[string]bool
	public  net.Dialer // judges the address
	any     net.Dialer // for trusted pairs
}

func newGuard(o Options) *guard {
	g := &guard{trusted: make(map[string]bool, len(o.Trusted))}
	for _, pair := range o.Trusted {
		g.trusted[canonicalPair(pair)] = true
	}
	g.any = net.Dialer{Timeout: o.Timeout, Resolver: o.Resolver}
	g.public = g.any
	g.public.Control = g.control
	return g
}

// dial gets the host and port of the URL.
func (g *guard) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if g.trusted[canonicalPair(address)] {
		return g.any.DialContext(ctx, network, address)
	}
	return g.public.DialContext(ctx, network, address)
}

// control gets the very address that is about to be connected, whatever DNS
// said before.
func (g *guard) control(_, address string, _ syscall.RawConn) error {
	if g.trusted[canonicalPair(address)] {
		return nil
	}
	where, err := netip.ParseAddrPort(address)
	if err != nil || !Public(where.Addr()) {
		return ErrPrivate
	}
	return nil
}

func canonicalPair(pair string) string {
	host, port, err := net.SplitHostPort(pair)
	if err != nil {
		return ""
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		host = addr.Unmap().String()
	}
	return net.JoinHostPort(strings.ToLower(host), port)
}

// notPublic lists what is not the public network within all of IPv4 and
// within 2000::/3, after IANA's special-purpose registries.
var notPublic = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
	"172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
	"198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"2001::/23",     // IETF protocols: Teredo, ORCHID, benchmarking
	"2001:db8::/32", // documentation
	"2002::/16",     // 6to4, which carries an IPv4 address
	"3fff::/20",     // documentation
)

// globalUnicast is the only part of IPv6 that is the public network. Outside
// it lie loopback, mapped and compatible IPv4, NAT64 (64:ff9b::/96 and
// 64:ff9b:1::/48), unique and site local, link-local and multicast addresses.
var globalUnicast = netip.MustParsePrefix("2000::/3")

func prefixes(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		list[i] = netip.MustParsePrefix(text)
	}
	return list
}

// Public reports whether addr is a unicast address on the public network. An
// address with a zone is not.
func Public(addr netip.Addr) bool {
	if !addr.IsValid() || addr.Zone() != "" {
		return false
	}
	addr = addr.Unmap()
	if addr.Is6() && !globalUnicast.Contains(addr) {
		return false
	}
	for _, prefix := range notPublic {
		if prefix.Contains(addr) {
			return false
		}
	}
	return true
}
