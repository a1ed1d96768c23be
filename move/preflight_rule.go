package move

import (
	"errors"
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

// A check is one rule of receiving software.
type check func(*sight) finding

// A finding is what a rule says. The zero finding is that it holds.
type finding struct {
	rule   RuleName
	hidden bool   // the rule cannot be decided
	it     string // what the remedy calls {it}
}

func fails(r RuleName) finding { return finding{rule: r} }

// everyone lists the rules of all software.
func everyone() []check { return []check{differ, oldReadable, newReadable, alive, keyed} }

func differ(s *sight) finding {
	if s.old.id == s.new.id {
		return fails(RuleName(SameAccount))
	}
	return finding{}
}

func oldReadable(s *sight) finding { return s.old.readable() }
func newReadable(s *sight) finding { return s.new.readable() }

func (a account) readable() finding {
	s, isStop := errors.AsType[*stop](missed(a.err))
	switch {
	case a.err == nil:
		return finding{}
	case a.hidden():
		return a.missing()
	case isStop:
		return finding{rule: RuleName(s.reason), it: string(a.id)}
	}
	return finding{rule: RuleName(Unreachable), it: string(a.id)}
}

// missing is what rules say that need a document which is not there. Where it
// is not hidden but absent, [everyone] says why.
func (a account) missing() finding {
	return finding{rule: RuleHidden, hidden: true, it: string(a.id)}
}

// alive: there is somebody to follow, and somebody to move.
func alive(s *sight) finding {
	switch {
	case s.old.document != nil && s.old.standing.State == actor.Gone && s.old.standing.MovedTo != s.new.id:
		return fails(RuleName(Gone))
	case s.new.document == nil:
		return s.new.missing()
	case s.new.standing.State == actor.Gone:
		return fails(RuleName(Gone))
	case !isActor(s.new.document):
		return fails(RuleName(WrongType))
	}
	return finding{}
}

// keyed: the old account publishes a key, so that its Move can be verified.
func keyed(s *sight) finding {
	if s.old.document == nil {
		return s.old.missing()
	}
	if len(s.keyIDs()) == 0 {
		return fails(RuleNoKey)
	}
	return finding{}
}

// keyIDs are the ids of the old account's keys, those in documents of their own
// included.
func (s *sight) keyIDs() []vocab.IRI {
	keys, problems := actor.Keys(s.old.document)
	ids := actor.Elsewhere(problems)
	for _, key := range slices.Backward(keys) {
		ids = slices.Insert(ids, 0, key.ID)
	}
	return ids
}

// keyNamesActor: cutting the fragment off the key's id gives the account's. Of
// several keys the first counts.
func keyNamesActor(s *sight) finding {
	if s.old.document == nil {
		return s.old.missing()
	}
	if ids := s.keyIDs(); len(ids) > 0 && ids[0].Document() != s.old.id {
		return finding{rule: RuleKeyID, it: string(ids[0])}
	}
	return finding{}
}

func hasContext(s *sight) finding {
	if s.new.document == nil {
		return s.new.missing()
	}
	if !s.new.document.Has(vocab.Context) {
		return fails(RuleName(NoContext))
	}
	return finding{}
}

func webFinger(s *sight) finding {
	if s.new.document == nil {
		return s.new.missing()
	}
	return s.webfinger
}

func notSuspended(s *sight) finding {
	if s.new.document == nil {
		return s.new.missing()
	}
	if s.new.standing.Suspended {
		return fails(RuleName(Suspended))
	}
	return finding{}
}

// settled: the new account has not moved on itself.
func settled(s *sight) finding {
	switch to := s.new.standing.MovedTo; {
	case s.new.document == nil:
		return s.new.missing()
	case to == s.old.id:
		return fails(RuleName(Cycle))
	case to != "":
		return finding{rule: RuleMovedOn, it: string(to)}
	}
	return finding{}
}

// noCycle: the new account does not lead back.
func noCycle(s *sight) finding {
	if found := settled(s); found.rule != RuleMovedOn {
		return found
	}
	return finding{}
}

func person(s *sight) finding {
	if s.new.document == nil {
		return s.new.missing()
	}
	if !s.new.document.Is(vocab.TypePerson) {
		return fails(RulePerson)
	}
	return finding{}
}

// knownType: the new account has one of the types of ActivityStreams.
func knownType(s *sight) finding {
	if s.new.document == nil {
		return s.new.missing()
	}
	if !s.new.document.IsActor() {
		return fails(RuleName(WrongType))
	}
	return finding{}
}

// pointing: the old account names the new one in movedTo, or will.
func pointing(s *sight) finding {
	if s.old.document == nil {
		return s.old.missing()
	}
	stands, to := s.old.document.Get(vocab.MovedTo), s.old.document.IRIs(vocab.MovedTo)
	switch {
	case len(to) == 0 && !s.sends().movedTo:
		return fails(RuleName(NotMoved))
	case len(to) == 0:
		return finding{}
	case s.old.document.IRI(vocab.MovedTo) == "":
		return fails(RuleName(Malformed))
	case s.new.isPage(to[0]):
		return finding{rule: RuleMovedToPage, it: string(to[0])}
	case to[0] != s.new.id:
		return finding{rule: RuleElsewhere, it: string(to[0])}
	case stands.Kind() != vocab.String:
		return finding{rule: RuleMovedToShape, hidden: true}
	}
	return finding{}
}

// moveID: the Move has an id.
func moveID(s *sight) finding {
	if !s.sends().moveID {
		return fails(RuleMoveID)
	}
	return finding{}
}

// plainAddress: the new account's id has no query.
func plainAddress(s *sight) finding {
	if strings.Contains(string(s.new.id), "?") {
		return fails(RuleQuery)
	}
	return finding{}
}

// followTaken: the new account's server takes a Follow without an id.
func followTaken(s *sight) finding {
	switch family, _ := FamilyOf(s.options.NewSoftware); family {
	case "gotosocial", "misskey":
		return finding{rule: RuleFollowID, it: family}
	}
	return finding{}
}

func secure(s *sight) finding {
	if !strings.HasPrefix(s.new.id.Origin(), "https://") {
		return fails(RuleHTTPS)
	}
	return finding{}
}
