package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestPairsOfAccounts(t *testing.T) {
	for said, want := range map[string][2]string{
		"https://old.example/users/bob=https://new.example/bob":  {"https://old.example/users/bob", "https://new.example/bob"},
		"@bob@old.example=https://new.example/bob":               {"@bob@old.example", "https://new.example/bob"},
		"https://old.example/?author=1=https://new.example/?p=2": {"https://old.example/?author=1", "https://new.example/?p=2"},
		"https://old.example/1=http://127.0.0.1:80/2":            {"https://old.example/1", "http://127.0.0.1:80/2"},
		"https://new.example/?author=1":                          {},
		"moved.csv":                                              {},
		"=https://new.example/bob":                               {},
	} {
		old, to, pair := cutPair(said)
		if !pair {
			old = ""
		}
		assert.Equal(t, want, [2]string{old, to}, said)
	}
}

// FuzzPairs holds that a pair is the text that was given, and leads to a URL.
func FuzzPairs(f *testing.F) {
	for _, said := range []string{"a=https://b", "https://a/?b=c=http://d=https://e", "=https://", "a.csv", ""} {
		f.Add(said)
	}
	f.Fuzz(func(t *testing.T, said string) {
		old, to, pair := cutPair(said)
		switch {
		case !pair && (old != said || to != ""):
			t.Errorf("%q is no pair, and became %q and %q", said, old, to)
		case pair && (old == "" || old+"="+to != said || !strings.HasPrefix(to, "http")):
			t.Errorf("%q became %q and %q", said, old, to)
		}
	})
}
