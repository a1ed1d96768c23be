// Package jsonfault reads JSON strictly and says in plain words what is wrong
// with it: where, and what was expected there, for people who know the format
// and not the program. [Decode] is all there is.
//
// Documents of ActivityStreams are read by vocab, not here.
package jsonfault

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Decode reads data into v. A member that v does not name, or one that stands
// twice, is an error wherever it is.
func Decode(data []byte, v any) error {
	return Explain(json.Unmarshal(data, v, json.RejectUnknownMembers(true)))
}

// Explain rewords an error of the JSON package; nil stays nil. No value of the
// document is quoted, only the names of members on the way to it.
func Explain(err error) error {
	syntax, isSyntax := errors.AsType[*jsontext.SyntacticError](err)
	semantic, isSemantic := errors.AsType[*json.SemanticError](err)
	switch {
	case err == nil:
		return nil
	case isSyntax && errors.Is(err, jsontext.ErrDuplicateName):
		return fmt.Errorf("duplicate member %s: it stands twice", syntax.JSONPointer)
	case isSyntax:
		return fmt.Errorf("not well-formed JSON at byte %d", syntax.ByteOffset)
	case isSemantic && errors.Is(err, json.ErrUnknownName):
		return fmt.Errorf("unknown member %s", semantic.JSONPointer)
	case isSemantic:
		return misfit(semantic)
	}
	return errors.New("not well-formed JSON")
}

func misfit(e *json.SemanticError) error {
	where := "the document"
	if e.JSONPointer != "" {
		where = string(e.JSONPointer)
	}
	wanted := describe(e.GoType)
	if found := kinds[e.JSONKind]; found != "" && found != wanted {
		return fmt.Errorf("%s is %s, and should be %s", where, found, wanted)
	}
	return fmt.Errorf("%s cannot be read as %s", where, wanted)
}

var kinds = map[jsontext.Kind]string{
	'n': "null", 't': "true", 'f': "false", '"': "a string", '0': "a number", '{': "an object", '[': "an array",
}

// describe names what a Go type looks like in JSON.
func describe(t reflect.Type) string {
	switch {
	case t == nil:
		return "what belongs there"
	case t == reflect.TypeFor[time.Time]():
		return "a time, such as 2026-11-22T12:00:00Z"
	}
	switch kind := t.Kind(); {
	case kind == reflect.Pointer:
		return describe(t.Elem())
	case kind == reflect.Slice, kind == reflect.Array:
		return "an array"
	case kind == reflect.String:
		return "a string"
	case kind == reflect.Bool:
		return "true or false"
	case strings.HasPrefix(kind.String(), "int"), strings.HasPrefix(kind.String(), "uint"):
		return "a whole number"
	case kind == reflect.Struct, kind == reflect.Map:
		return "an object"
	}
	return "what belongs there"
}
