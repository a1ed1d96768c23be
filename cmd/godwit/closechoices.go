package main

import (
	"context"
	"errors"
	"strings"

	"codeberg.org/godwit/godwit/vocab"
)

// readChoices reads who goes where. A row that cannot be used is a problem of its own.
func (j *closeJob) readChoices(ctx context.Context) error {
	names := j.list.names()
	return readRows(ctx, j.choices, func(where string, row []string) error {
		if err := j.choose(ctx, names, row); err != nil {
			j.list.faults = append(j.list.faults, closeProblem{where, err.Error()})
		}
		return nil
	})
}

// choose takes one row.
func (j *closeJob) choose(ctx context.Context, names map[string]string, row []string) error {
	old, to, err := oldAndNew(row)
	if err != nil || to == "" {
		return err // or not yet
	}
	name, known := names[strings.ToLower(strings.TrimPrefix(old, "@"))]
	if !known {
		return errors.New("there is no export of the old account")
	}
	id, err := j.newPlace(ctx, to)
	if err != nil {
		return err
	}
	if before, twice := j.list.chosen[name]; twice && before != id {
		return errors.New("another row has another new account for it; the first counts")
	}
	j.list.chosen[name] = id
	return nil
}

// newPlace is the id of the account that a person goes to.
func (j *closeJob) newPlace(ctx context.Context, to string) (vocab.IRI, error) {
	switch id, known := j.list.handles[to]; {
	case known:
		return id, nil
	case vocab.IRI(to).IsHTTP():
		return vocab.IRI(to), nil
	case !j.ask:
		return "", errors.New("the new account is a handle: it is looked up only with -network")
	}
	resource, err := j.c.parseName(to)
	if err != nil {
		return "", err
	}
	document, _, err := j.c.findByWebFinger(ctx, j.network, resource)
	if err != nil {
		return "", err
	}
	j.list.handles[to] = document.ID()
	return document.ID(), nil
}

// names finds an account's export by its id, its handle, and the export's own name.
func (l *exportList) names() map[string]string {
	names := map[string]string{}
	for _, name := range l.order {
		names[strings.ToLower(name)] = name
	}
	for _, name := range l.order {
		names[strings.ToLower(string(l.lines[name].ID))] = name
		if handle := l.handle(name); handle != "" {
			names[strings.ToLower(strings.TrimPrefix(handle, "@"))] = name
		}
	}
	return names
}
