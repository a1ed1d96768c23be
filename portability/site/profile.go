package site

import (
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// A profile is what the pages show of the account itself.
type profile struct {
	ID     string  `json:"id"`
	URL    string  `json:"url,omitzero"`
	Name   string  `json:"name"`
	Handle string  `json:"handle,omitzero"`
	Bio    string  `json:"bio,omitzero"`
	Fields []field `json:"fields,omitzero"`
	Moved  string  `json:"moved,omitzero"`
	Icon   *file   `json:"icon,omitzero"`
	Header *file   `json:"header,omitzero"`
	Alt    string  `json:"alt,omitzero"` // of the icon
	Host   string  `json:"host,omitzero"`
	// Readers is what tells its audiences.
	Readers portability.Readership `json:"readers,omitzero"`
}

type field struct {
	Name string `json:"name"`
	HTML string `json:"html"`
}

const mostFields = 50

func (s *Site) profileOf(item portability.Item) (profile, error) {
	known := actor.ProfileOf(item.Object)
	p := profile{
		ID: item.ID, URL: link(placeOf(item.Object)), Name: line(known.Name, 100), Host: item.Object.ID().Host(),
		Bio: s.sanitize.HTML(known.Bio), Moved: link(item.Object.IRI(vocab.MovedTo)),
		Alt: line(known.Icon.Description, 500), Readers: portability.ReadershipOf(item.Object),
	}
	if name := line(known.Username, 100); name != "" && p.Host != "" {
		p.Handle = "@" + name + "@" + p.Host
	}
	if p.Name == "" {
		p.Name = line(known.Username, 100)
	}
	for _, f := range known.Fields[:min(len(known.Fields), mostFields)] {
		p.Fields = append(p.Fields, field{line(f.Name, 200), s.sanitize.HTML(f.Value)})
	}
	var err error
	if p.Icon, err = s.picture(item, known.Icon.URL, 0); err == nil {
		p.Header, err = s.picture(item, known.Header.URL, 1)
	}
	return p, err
}

// picture returns the file that is a picture of the profile.
func (s *Site) picture(item portability.Item, u vocab.IRI, place int) (*file, error) {
	i := slices.IndexFunc(item.Media, func(m portability.Medium) bool {
		return u != "" && (m.URL == u || m.Path != "" && strings.TrimPrefix(m.Path, "/") == strings.TrimPrefix(string(u), "/"))
	})
	if i < 0 && len(item.Media) == 2 {
		i = place
	}
	if i < 0 {
		return nil, nil
	}
	found, err := s.fileOf(item.Media[i])
	if found == nil || found.Shown != "image" {
		return nil, err
	}
	return found, err
}
