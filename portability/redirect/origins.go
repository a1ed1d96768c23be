package redirect

import (
	"codeberg.org/godwit/godwit/vocab"
)

// origins are the public origins that a handler serves, by host.
type origins map[string]string

func originsOf(list []string) (origins, error) {
	all := origins{}
	for _, o := range list {
		host := vocab.IRI(o).Host()
		if host == "" {
			return nil, ErrOptions
		}
		all[host] = vocab.IRI(o).Origin()
	}
	if len(all) == 0 {
		return nil, ErrOptions
	}
	return all, nil
}

// of returns the origin that a Host header names, in whatever case.
func (o origins) of(host string) (string, bool) {
	if origin, ours := o[host]; ours {
		return origin, true
	}
	origin, ours := o[vocab.IRI("https://"+host).Host()]
	return origin, ours
}
