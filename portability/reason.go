package portability

// A Reason says in one stable word why an item ended as it did, or what is wrong
// with it. Reports, tools and archives use these words.
type Reason string

// Reasons.
const (
	Unreadable     Reason = "unreadable"      // not a document; the bytes are kept
	TooLarge       Reason = "too-large"       // above the limit for one item
	TooMany        Reason = "too-many"        // above the limit for the account
	NoID           Reason = "no-id"           // it has no name, so it cannot be copied once
	DuplicateID    Reason = "duplicate-id"    // another item has the name, and differs
	NotOwn         Reason = "not-own"         // it belongs to somebody else
	ForeignHost    Reason = "foreign-host"    // its id is on another host than the account's
	WrongKind      Reason = "wrong-kind"      // an activity or type that has no place there
	NoAudience     Reason = "no-audience"     // for whom it is cannot be told; for the author alone
	BadDate        Reason = "bad-date"        // no date, or one that cannot be
	MissingMedia   Reason = "missing-media"   // a file that it uses is not there
	BadMedia       Reason = "bad-media"       // a file is not what it says it is
	WrongTotal     Reason = "wrong-total"     // the collection says another number than it has
	Repeated       Reason = "repeated"        // the same member or item stands twice
	MissingParent  Reason = "missing-parent"  // what it answers is not there
	CutCycle       Reason = "cut-cycle"       // it answers itself in a circle
	NoPlace        Reason = "no-place"        // the sink does not hold this kind or type
	NotHere        Reason = "not-here"        // nothing under that name
	DeletedHere    Reason = "deleted-here"    // it was there, and somebody has deleted it there since
	NotShown       Reason = "not-shown"       // its source says that it has it, and does not show it
	Shortened      Reason = "shortened"       // made fit for the sink
	AlreadyThere   Reason = "already-there"   // put before
	Differs        Reason = "differs"         // put before, and changed since on both sides
	Unsupported    Reason = "unsupported"     // known, and not read here
	AddressTaken   Reason = "address-taken"   // an old address leads to another account's copy
	AddressNotOwn  Reason = "address-not-own" // nothing shows that an old address is the account's
	GoneSuddenly   Reason = "gone-suddenly"   // much of a kind is not at the source any more, all at once
	Unavailable    Reason = "unavailable"     // every attempt failed, though others did not
	SecretWithheld Reason = "secret-withheld" // a private key or password that is not passed on
	// HiddenRecipients is that bto or bcc were left out, which nobody but those who
	// stand there and the server of origin may see (ActivityPub §6).
	HiddenRecipients Reason = "hidden-recipients"
)
