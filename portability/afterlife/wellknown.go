package afterlife

import (
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"

	"codeberg.org/godwit/godwit/vocab"
)

// Where discovery begins.
const (
	fingerPath   = "/.well-known/webfinger"
	metaPath     = "/.well-known/host-meta"
	nodeInfoPath = "/.well-known/nodeinfo"
	infoPath     = "/nodeinfo/2.0"

	typeJSON = "application/json"
	typeInfo = `application/json; profile="http://nodeinfo.diaspora.software/ns/schema/2.0#"`
)

// isWellKnown answers what is asked of a server, and not of an account.
func (s *server) isWellKnown(w http.ResponseWriter, r *http.Request, a address) bool {
	switch a.path {
	case fingerPath, metaPath, metaPath + ".json":
		s.finger.ServeHTTP(w, r)
	case nodeInfoPath, infoPath:
		body, kind, err := s.nodeInfo(a)
		if err != nil {
			s.fail(w, r, err)
			return true
		}
		s.write(w, r, ok(kind, body))
	default:
		return false
	}
	return true
}

// nodeInfo says what runs here (NodeInfo 2.0): nothing that takes accounts. Nobody is
// counted: those who were here have left.
func (s *server) nodeInfo(a address) (body []byte, kind string, err error) {
	if a.path == nodeInfoPath {
		link := map[string]any{"rel": "http://nodeinfo.diaspora.software/ns/schema/2.0", "href": s.scheme(a.host) + "://" + a.host + infoPath}
		body, err = json.Marshal(map[string]any{"links": []any{link}}, json.Deterministic(true))
		return body, typeJSON, err
	}
	body, err = json.Marshal(map[string]any{
		"version": "2.0", "software": map[string]any{"name": "godwit-afterlife", "version": "1"}, "protocols": []string{"activitypub"},
		"services":          map[string]any{"inbound": []string{}, "outbound": []string{}},
		"openRegistrations": false, "usage": map[string]any{"users": map[string]any{}}, "metadata": map[string]any{},
	}, json.Deterministic(true))
	return body, typeInfo, err
}

// scheme is that of the accounts of a host.
func (d *Door) scheme(host string) string {
	if scheme := d.hosts[host]; scheme != "" {
		return scheme
	}
	return "https"
}

func cutScheme(u vocab.IRI) (scheme, rest string, found bool) {
	return strings.Cut(string(u), "://")
}
