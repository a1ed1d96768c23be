package consent

// A Ground is why something was decided. The words are stable.
type Ground string

// Why an account may not leave.
const (
	GroundNotUnlocked        Ground = "not-unlocked"        // its owner has not unlocked it
	GroundOtherDestination   Ground = "other-destination"   // it is unlocked for another one
	GroundExpired            Ground = "expired"             // the time is over
	GroundRevoked            Ground = "revoked"             // its owner has locked it again
	GroundNotYet             Ground = "not-yet"             // it was unlocked later than now: a clock is wrong
	GroundNotConfirmed       Ground = "not-confirmed"       // the Move lacks the second confirmation
	GroundOtherTarget        Ground = "other-target"        // another account was confirmed
	GroundUsed               Ground = "used"                // it has moved by this grant
	GroundDestinationRefused Ground = "destination-refused" // this server lets nobody go there
	GroundBadDestination     Ground = "bad-destination"     // it is neither an account nor a server
	GroundTooLong            Ground = "too-long"            // longer than an account may be open
)

// Why an account may not come, or has to wait.
const (
	GroundClosed          Ground = "closed"            // nobody may come
	GroundNotListed       Ground = "not-listed"        // its server is not among those that may
	GroundNotInvited      Ground = "not-invited"       // another account may
	GroundBlockedDomain   Ground = "blocked-domain"    // its server is blocked
	GroundBlockedPerson   Ground = "blocked-person"    // it is blocked itself
	GroundBlockedAlias    Ground = "blocked-alias"     // it names somebody who is blocked as itself
	GroundOddAddress      Ground = "odd-address"       // its id is no address that can be judged
	GroundTooOften        Ground = "too-often"         // it was here lately
	GroundTooManyAccounts Ground = "too-many-accounts" // enough have come lately
	GroundTooManyItems    Ground = "too-many-items"
	GroundTooManyBytes    Ground = "too-many-bytes"
	GroundFileTooLarge    Ground = "file-too-large"
	GroundUnproved        Ground = "unproved"          // nothing shows that it is theirs
	GroundProvedByAnother Ground = "proved-by-another" // somebody else who comes with it has shown that it is theirs
	GroundTooManyClaims   Ground = "too-many-claims"   // several who prove nothing say that it is theirs
	GroundNeedsApproval   Ground = "needs-approval"    // somebody looks at everyone
	GroundByHand          Ground = "by-hand"           // somebody has decided; see the text
	GroundPolicyBroken    Ground = "policy-broken"     // the policy itself has a mistake
)

// Why a name cannot be had.
const (
	GroundBadName      Ground = "bad-name"      // it is no name here
	GroundNameTaken    Ground = "name-taken"    // somebody has it
	GroundNameReserved Ground = "name-reserved" // it is kept for somebody
)

// Why ids cannot be kept.
const (
	GroundNoOperator Ground = "no-operator" // nobody who runs the server has asked for it
	GroundOtherHost  Ground = "other-host"  // the id is another server's
	GroundOwned      Ground = "owned"       // another account here has it
)

// Hint says in one sentence what a person can do about it; "" where nothing is to be
// done.
func (g Ground) Hint() string { return groundHints[g] }

var groundHints = map[Ground]string{
	GroundNotUnlocked:        "log in at the old server and unlock the account for migration first",
	GroundOtherDestination:   "unlock the account for this destination at the old server",
	GroundExpired:            "unlock the account again at the old server",
	GroundRevoked:            "unlock the account again at the old server, if it was you who locked it",
	GroundNotYet:             "ask the administrators to set their clocks",
	GroundNotConfirmed:       "confirm the move at the old server; copying needs no confirmation",
	GroundOtherTarget:        "confirm the move to this account at the old server",
	GroundUsed:               "unlock the account again at the old server for another move",
	GroundDestinationRefused: "ask the administrators of the old server; a backup can be taken anywhere",
	GroundBadDestination:     "name an account or a server by its https address",
	GroundTooLong:            "choose a shorter time; the account can be unlocked again",

	GroundClosed:          "ask the administrators whether they will open the server again, or choose another",
	GroundNotListed:       "ask the administrators to list your old server",
	GroundNotInvited:      "ask the administrators for an invitation of your own",
	GroundBlockedDomain:   "ask the administrators about their block of your old server",
	GroundBlockedPerson:   "ask the administrators about their block of your old account",
	GroundBlockedAlias:    "wait until somebody has looked, or remove the alias at the old server if it is not yours",
	GroundOddAddress:      "use the https address of the account that its own document names as its id",
	GroundTooOften:        "wait, and ask again",
	GroundTooManyAccounts: "wait, and ask again: enough people have come lately",
	GroundTooManyItems:    "leave out some kinds of posts or lists, and ask again",
	GroundTooManyBytes:    "leave out files, and ask again",
	GroundFileTooLarge:    "leave out the largest files, and ask again",
	GroundUnproved:        "add the new account to the aliases (alsoKnownAs) of the old one, or wait until somebody has looked",
	GroundProvedByAnother: "prove that the account is yours; if it was you who did, go on where you did",
	GroundTooManyClaims:   "prove that the account is yours, or ask the administrators: several others say that it is theirs",
	GroundNeedsApproval:   "wait: somebody looks at everyone who comes",
	GroundPolicyBroken:    "tell the administrators that their rules about who may come have a mistake",

	GroundBadName:      "choose a name of letters from a to z, digits and underscores",
	GroundNameTaken:    "choose one of the suggested names",
	GroundNameReserved: "choose one of the suggested names, or wait until the reservation ends",

	GroundNoOperator: "ask the administrators: only they can restore an account under its old ids",
	GroundOtherHost:  "ids can be kept only where their host is this server's",
	GroundOwned:      "the id belongs to another account here, which would have to be removed first",
}
