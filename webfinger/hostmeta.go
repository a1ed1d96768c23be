package webfinger

import (
	"bytes"
	"context"
	"encoding/xml"
	"mime"
	"strings"
)

const typeXRD = "application/xrd+xml"

// xrd is the part of a host-meta document (RFC 6415) that leads to WebFinger.
type xrd struct {
	XMLName xml.Name  `xml:"http://docs.oasis-open.org/ns/xri/xrd-1.0 XRD"`
	Links   []xrdLink `xml:"Link"`
}

type xrdLink struct {
	Rel      string `xml:"rel,attr"`
	Type     string `xml:"type,attr,omitempty"`
	Template string `xml:"template,attr,omitempty"`
}

// template returns where the host-meta of origin sends WebFinger queries, or
// "": a host without host-meta has simply no WebFinger.
func (a *asker) template(ctx context.Context, origin string) string {
	for _, place := range []string{"/.well-known/host-meta", "/.well-known/host-meta.json"} {
		body, _, err := a.get(ctx, origin+place, typeXRD+", application/json;q=0.9", isHostMetaType)
		if err != nil {
			continue
		}
		if t := a.usable(hostMetaTemplates(body)); t != "" {
			return t
		}
	}
	return ""
}

// usable returns the first template that holds a place for the resource and
// leads where [Options] allow.
func (a *asker) usable(templates []string) string {
	for _, t := range templates {
		// The place must not be in the host: the host would be the asker's choice.
		if before, _, found := strings.Cut(t, "{uri}"); found && strings.Count(before, "/") >= 3 &&
			a.allowed(strings.ReplaceAll(t, "{uri}", "x")) {
			return t
		}
	}
	return ""
}

// hostMetaTemplates returns the lrdd templates of a host-meta document in
// either format, those said to give JSON first.
func hostMetaTemplates(body []byte) []string {
	var json, other []string
	for _, l := range hostMetaLinks(bytes.TrimSpace(body)) {
		switch {
		case l.Rel != "lrdd" || l.Template == "":
		case isJRDType(l.Type):
			json = append(json, l.Template)
		default:
			other = append(other, l.Template)
		}
	}
	return append(json, other...)
}

func hostMetaLinks(body []byte) []xrdLink {
	if bytes.HasPrefix(body, []byte("<")) {
		var x xrd
		if xml.Unmarshal(body, &x) != nil {
			return nil
		}
		return x.Links
	}
	j, err := ParseJRD(body)
	if err != nil {
		return nil
	}
	var links []xrdLink
	for _, l := range j.Links {
		links = append(links, xrdLink{Rel: l.Rel, Type: l.Type, Template: l.Template})
	}
	return links
}

func isHostMetaType(s string) bool {
	media, _, err := mime.ParseMediaType(s)
	return isJRDType(s) || err == nil && (media == typeXRD || media == "application/xml" || media == "text/xml")
}

// hostMeta writes the document that sends WebFinger queries to template.
func hostMeta(template string) ([]byte, error) {
	x := xrd{Links: []xrdLink{{Rel: "lrdd", Type: TypeJRD, Template: template}}}
	body, err := xml.Marshal(x)
	if err != nil {
		return nil, err
	}
	return append([]byte(xml.Header), body...), nil
}
