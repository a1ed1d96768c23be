package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"codeberg.org/godwit/godwit/vocab"
)

// readChoices reads who goes where. A row that cannot be used is a problem of its own.
func (j *closeJob) readChoices(ctx context.Context) (err error) {
	f, err := os.Open(filepath.Clean(j.choices))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	rows := csv.NewReader(f)
	rows.FieldsPerRecord, rows.TrimLeadingSpace = -1, true
	names := j.list.names()
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return ctx.Err()
		}
		line, _ := rows.FieldPos(0)
		switch {
		case err != nil:
			return fmt.Errorf("read %s: %w", filepath.Base(j.choices), err)
		case line == 1 && strings.EqualFold(strings.TrimSpace(row[0]), "old"):
			continue
		}
		if err := j.choose(ctx, names, row); err != nil {
			j.list.faults = append(j.list.faults, closeProblem{fmt.Sprintf("%s:%d", filepath.Base(j.choices), line), err.Error()})
		}
	}
}

// choose takes one row.
func (j *closeJob) choose(ctx context.Context, names map[string]string, row []string) error {
	if len(row) < 2 {
		return errors.New("it has not two columns")
	}
	old, to := strings.TrimSpace(row[0]), strings.TrimSpace(row[1])
	if to == "" {
		return nil // not yet
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
