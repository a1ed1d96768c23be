package move

import "strings"

// A RuleName says, in one stable word, what some software asks of a move. A rule
// that godwit has too is named as the [Reason] to refuse a Move that breaks it.
type RuleName string

// Rules beyond the reasons of godwit's own.
const (
	RuleHidden        RuleName = "hidden"             // the account is shown only to signed requests
	RuleNoKey         RuleName = "no-key"             // the old account publishes no key
	RuleKeyID         RuleName = "key-id"             // the key's id is not the account's with a fragment
	RuleUsername      RuleName = "username"           // the new account has no preferredUsername
	RuleWebFinger     RuleName = "webfinger"          // WebFinger does not lead to the new account
	RulePerson        RuleName = "person-only"        // the new account is of another type
	RuleHTTPS         RuleName = "https-only"         // the new account's id is http
	RuleMovedOn       RuleName = "moved-further"      // the new account has itself moved on
	RuleElsewhere     RuleName = "moved-elsewhere"    // movedTo names another account
	RuleMovedToPage   RuleName = "moved-to-page"      // movedTo names the page of the new account, not its id
	RuleMovedToShape  RuleName = "moved-to-shape"     // movedTo is no plain string
	RuleMoveID        RuleName = "move-id"            // the Move has no id
	RuleAliasList     RuleName = "alias-list"         // the only alias stands outside an array
	RuleAliasObject   RuleName = "alias-object"       // the alias is an object
	RuleAliasPosition RuleName = "alias-position"     // the alias stands too far behind
	RuleAliasPage     RuleName = "alias-page"         // the alias is the old account's page
	RuleAliasHandle   RuleName = "alias-handle"       // the alias is the old account's handle
	RuleAliasSpelling RuleName = "alias-spelling"     // the alias differs by scheme, case or a slash
	RuleAliasCase     RuleName = "alias-case"         // the old account's id has capital letters
	RuleNoAliases     RuleName = "aliases-impossible" // the new account's software publishes none
	RuleQuery         RuleName = "query-in-id"        // the new account's id has a query
	RuleFollowID      RuleName = "follow-id"          // the Follow has no id, and the new server wants one
)

var remedies = map[RuleName]string{
	RuleHidden:                  "fetch as an account that {it} is shown to, and look again",
	RuleNoKey:                   "publish a public key (publicKey) on {old}",
	RuleKeyID:                   "none but another software: it wants a key id that is {old} with a fragment, and {it} is not; tell the followers there by a post",
	RuleUsername:                "give {new} a preferredUsername",
	RuleWebFinger:               "make sure that WebFinger for {it} leads to {new}",
	RulePerson:                  "make {new} an account of type Person",
	RuleHTTPS:                   "give the new account an https address instead of {new}",
	RuleMovedOn:                 "move to {it} instead, where {new} has moved on to",
	RuleElsewhere:               "cancel the move to {it} first, or set movedTo of {old} to {new}",
	RuleMovedToPage:             "set movedTo of {old} to the id {new} instead of the page {it}",
	RuleMovedToShape:            "write movedTo of {old} as a plain string",
	RuleMoveID:                  "none: the server of {old} gives its Move no id; tell the followers there by a post",
	RuleAliasList:               "write alsoKnownAs of {new} as an array, even of one; adding any second alias does it",
	RuleAliasObject:             "write the alias in alsoKnownAs of {new} as a plain string",
	RuleAliasPosition:           "move {old} among the first {it} aliases of {new}",
	RuleAliasPage:               "replace the page {it} by the id {old} in the aliases of {new}",
	RuleAliasHandle:             "replace the handle {it} by the id {old} in the aliases of {new}",
	RuleAliasSpelling:           "replace {it} by exactly {old} in the aliases of {new}",
	RuleAliasCase:               "none: capital letters in {old} are not found again; tell the followers there by a post",
	RuleNoAliases:               "none by Move: the server of {new} publishes no aliases; import the account there by LOLA",
	RuleQuery:                   "none: an id with a query, as {new}, is fetched wrongly; tell the followers there by a post",
	RuleFollowID:                "none: its Follow has no id, which {it} on the side of {new} discards; tell the followers there by a post",
	RuleName(NoContext):         "publish {new} with an \"@context\"",
	RuleName(Redirected):        "make {it} answer with its own document: it leads to another server's",
	RuleName(PrivateAddress):    "make {it} reachable on the public network",
	RuleName(UnsupportedScheme): "name an account with an https address instead of {it}",
	RuleName(Unreachable):       "make sure that {it} can be fetched with an ActivityStreams Accept header",
}

// failure says of a finding what a person can do.
func (s *sight) failure(f finding) Failure {
	remedy, known := remedies[f.rule]
	if !known {
		return Failure{f.rule, Reason(f.rule).Hint(s.old.id, s.new.id)}
	}
	return Failure{f.rule, strings.ReplaceAll(s.text(remedy), "{it}", f.it)}
}
