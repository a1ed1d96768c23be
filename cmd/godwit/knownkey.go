package main

import (
	"errors"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

// knownKey reads a public key from the command line; nil if none is given.
func knownKey(c *call, id, text string) (*actor.Key, error) {
	if id == "" && text == "" {
		return nil, nil
	}
	public, err := actor.ParseMultikey(text)
	if err == nil && id == "" {
		err = errors.New("-key-id says which key it is, and is missing")
	}
	if err != nil {
		return nil, usageError{c.command, "-key: " + err.Error()}
	}
	return &actor.Key{ID: vocab.IRI(id), Owner: vocab.IRI(id).Document(), Public: public}, nil
}
