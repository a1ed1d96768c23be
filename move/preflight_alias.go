package move

import (
	"slices"
	"strconv"
	"strings"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

// An aliasReading is how some software looks for the old account among the new
// one's aliases.
type aliasReading struct {
	within  int    // how many entries it looks at; 0 is all
	list    bool   // it wants an array, even of one
	objects answer // whether it takes an object by its id
	pages   bool   // it takes the page and the handle of the old account too
	fold    bool   // it compares without regard to case
	lower   bool   // it lowers the case of one side only
	shared  bool   // it takes a proven common identity (FEP-c390) instead
}

// An answer is what is known of a software's habit.
type answer int

const (
	unsaid answer = iota
	yes
	no
)

// claimed returns the rule that the new account claims the old one, as r reads.
func claimed(r aliasReading) check {
	return func(s *sight) finding {
		if s.new.document == nil {
			return s.new.missing()
		}
		found := r.search(s)
		if found.rule == "" || r.shared && s.sameHands() {
			return finding{}
		}
		family, _ := FamilyOf(s.options.NewSoftware)
		switch {
		case found.rule == RuleName(NotLinked) && family == "emissary":
			return fails(RuleNoAliases)
		case found.rule == RuleName(NotLinked) && (r.pages || r.shared) && s.old.document == nil:
			return s.old.missing()
		}
		return found
	}
}

// search looks at the aliases. Of several that miss, the nearest counts.
func (r aliasReading) search(s *sight) finding {
	best, bestRank, at := fails(RuleName(NotLinked)), 0, 0
	for v := range s.new.document.All(vocab.AlsoKnownAs) {
		at++
		found, rank := r.entry(s, v, at)
		if found.rule == "" {
			return found
		}
		if rank > bestRank {
			best, bestRank = found, rank
		}
	}
	return best
}

// entry judges one alias; rank says how near it is.
func (r aliasReading) entry(s *sight, v vocab.Value, at int) (found finding, rank int) {
	id := v.IRI()
	switch {
	case id == s.old.id, r.fold && strings.EqualFold(string(id), string(s.old.id)):
		return r.shape(s, v, at), 3
	case s.old.isPage(id):
		if r.pages {
			return r.shape(s, v, at), 3
		}
		return finding{rule: RuleAliasPage, it: string(id)}, 2
	case s.old.isHandle(string(id)):
		if r.pages {
			return r.shape(s, v, at), 3
		}
		return finding{rule: RuleAliasHandle, it: string(id)}, 1
	case similar(id, s.old.id):
		return finding{rule: RuleAliasSpelling, it: string(id)}, 2
	}
	return fails(RuleName(NotLinked)), 0
}

// shape judges how the alias that would do is written.
func (r aliasReading) shape(s *sight, v vocab.Value, at int) finding {
	_, plain := v.Text()
	switch {
	case !plain && r.objects == no:
		return fails(RuleAliasObject)
	case r.within > 0 && at > r.within:
		return finding{rule: RuleAliasPosition, it: strconv.Itoa(r.within)}
	case r.list && s.new.document.Get(vocab.AlsoKnownAs).Kind() != vocab.Array:
		return fails(RuleAliasList)
	case r.lower && strings.ToLower(string(s.old.id)) != string(s.old.id):
		return fails(RuleAliasCase)
	case !plain && r.objects == unsaid:
		return finding{rule: RuleAliasObject, hidden: true}
	}
	return finding{}
}

// similar reports whether people would take both for one address.
func similar(a, b vocab.IRI) bool {
	bare := func(id vocab.IRI) string {
		_, rest, _ := strings.Cut(strings.ToLower(string(id)), "://")
		return strings.TrimPrefix(strings.TrimSuffix(rest, "/"), "www.")
	}
	return bare(a) != "" && bare(a) == bare(b)
}

// sameHands reports whether both accounts prove one identity.
func (s *sight) sameHands() bool {
	if s.old.document == nil || s.new.document == nil {
		return false
	}
	options := &actor.ProofOptions{Now: s.now}
	here, _ := actor.IdentityProofs(s.old.document, options)
	there, _ := actor.IdentityProofs(s.new.document, options)
	return slices.ContainsFunc(here, func(i actor.Identity) bool {
		return slices.ContainsFunc(there, func(j actor.Identity) bool { return i.Subject == j.Subject })
	})
}
