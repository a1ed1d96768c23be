package move

import (
	"strings"

	"codeberg.org/godwit/godwit/vocab"
)

// Hint says in one sentence what a person can do about r, for a move from old
// to new.
func (r Reason) Hint(old, new vocab.IRI) string {
	return strings.NewReplacer("{old}", string(old), "{new}", string(new)).Replace(hints[r])
}

var hints = map[Reason]string{
	Malformed:         "the Move must name one actor, object and target, and an account must have at most one movedTo, and no copiedTo beside it",
	NoContext:         "add \"@context\": \"https://www.w3.org/ns/activitystreams\" to the activity",
	Ambiguous:         "send one Move for each pair of accounts",
	ForeignID:         "give the activity an id on the server of {old}",
	Unsigned:          "sign the request with the key that {old} publishes",
	WrongActor:        "send the Move as {old}, with that account as actor and object",
	OwnAccount:        "log in here to move {old}",
	SameAccount:       "name another account than {old} as the target",
	Blocked:           "ask the administrator of the receiving server about its blocks",
	PullDisabled:      "send the Move from {old} instead, or switch pull mode on",
	Cooldown:          "wait until the last move of {old} is seven days old",
	UnsupportedScheme: "give the target an https address instead of {new}",
	PrivateAddress:    "make {new} reachable on the public network",
	TooLarge:          "make the documents of both accounts smaller than 1 MiB",
	Unreachable:       "make sure that {old} and {new} can be fetched with an ActivityStreams Accept header",
	Redirected:        "use the id that the account's own document names instead of {new}",
	WrongType:         "{new} is no account; name one as the target",
	Gone:              "neither {old} nor {new} may be deleted before the move is done",
	Suspended:         "ask the administrators about the suspension of {new}",
	NotLinked:         "add {old} to the aliases (alsoKnownAs) of {new}",
	Rekeyed:           "{new} has the handle of {old} under another id: no server can move followers for that; keep the old id",
	CopiedOnly:        "set movedTo instead of copiedTo on {old} if it is to be left for {new}",
	NotMoved:          "set movedTo of {old} to {new}",
	MovedElsewhere:    "set movedTo of {old} to the id {new}",
	MovedFurther:      "every account between {old} and the end of the chain must name the next as movedTo, and be named by it as alias",
	Cycle:             "remove movedTo from {new} first",
	Replayed:          "sign a new Move",
	KeyChanged:        "publish a new key by an Update signed with the old one, or wait seven days and send the Move from {old} again",
}
