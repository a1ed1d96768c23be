package portability

import (
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/vocab"
)

// allowed returns the widest audience that a document can have, whomever it is addressed
// to.
func allowed(o *vocab.Object) Audience {
	switch {
	case o == nil:
		return ForPublic
	case o.ContextKind() == vocab.ContextOdd:
		return ForAuthor // its words may mean something else
	}
	return stated(o)
}

// stated returns the widest audience that a document allows beside what it is addressed
// to: servers have words of their own for who may read, and for what never leaves the
// server.
func stated(o *vocab.Object) Audience {
	audience := ForPublic
	for name, v := range o.Members() {
		switch strings.ToLower(localName(name)) {
		case "localonly", "local_only", "local-only", "islocalonly":
			if !isFalse(v) {
				return ForAuthor
			}
		case "federated":
			if isFalse(v) {
				return ForAuthor
			}
		case "directmessage":
			if !isFalse(v) {
				audience = narrower(audience, ForMentioned)
			}
		case "visibility":
			audience = narrower(audience, visibleTo(v))
		}
	}
	if slices.ContainsFunc(recipients(o), isOneServer) {
		return ForAuthor
	}
	return audience
}

// localName is a name without its prefix or namespace.
func localName(name string) string { return name[strings.LastIndexAny(name, ":#/")+1:] }

// isFalse reports whether a value says no, or nothing.
func isFalse(v vocab.Value) bool {
	switch v.Kind() {
	case vocab.Absent, vocab.Null:
		return true
	case vocab.String:
		text, _ := v.Text()
		return text == "" || text == "false"
	}
	return v.String() == "false" || v.String() == "0"
}

// visibleTo returns the audience that servers mean by their words.
func visibleTo(v vocab.Value) Audience {
	text, _ := v.Text()
	switch text {
	case "public":
		return ForPublic
	case "unlisted", "home":
		return ForUnlisted
	case "followers", "private", "followers_only":
		return ForFollowers
	case "direct", "specified":
		return ForMentioned
	}
	if isFalse(v) {
		return ForPublic // nothing is said
	}
	return ForAuthor // "local", "circle", "list", "mutuals_only", and what else there may be
}

// isOneServer reports whether an id stands for the people of one server, as Akkoma's
// "https://host/#Public" does.
func isOneServer(id vocab.IRI) bool {
	before, after, found := strings.Cut(string(id), "#")
	if !found || id.IsPublic() {
		return false
	}
	switch strings.ToLower(after) {
	case "public", "local", "instance", "localpublic", "local-public":
		return vocab.IRI(before).IsHTTP()
	}
	return false
}
