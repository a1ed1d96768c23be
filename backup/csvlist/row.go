package csvlist

import (
	"codeberg.org/godwit/godwit/vocab"
)

// A Row is one row of a file. Which fields count depends on the file's [Type].
// Nothing in it has been checked against the network.
type Row struct {
	Line int // where the row begins, from 1; header and blank lines count

	// Account is an address without a leading @, such as "alice@example.org"; the
	// host may have a port and is as the file has it, case and script included.
	Account string
	// Actor is the account's id or page, where the file has a URL in place of an
	// address.
	Actor vocab.IRI

	ShowBoosts        Flag     // following
	Notify            Flag     // following
	Languages         []string // following; nil means all
	HideNotifications Flag     // mutes

	List string // the list's title

	URI vocab.IRI // bookmarks: the post's id

	Domain        string // as the file has it
	Severity      string // admin blocks: "silence", "suspend", "noop"
	RejectMedia   Flag   // admin blocks
	RejectReports Flag   // admin blocks
	PublicComment string // admin blocks
	Obfuscate     Flag   // admin blocks

	// Others are the cells that no field holds: of columns that are not known,
	// and of known ones what could not be understood.
	Others []Cell
}

// A Cell is one cell that no field of a [Row] holds.
type Cell struct {
	Column string // as the header has it; "" without one
	Text   string
}

// A Flag is a yes, a no, or nothing said.
type Flag uint8

// The flags. What Unset means is for the importing server to say.
const (
	Unset Flag = iota
	No
	Yes
)

// String returns "true", "false" or "", as files have it.
func (f Flag) String() string {
	switch f {
	case Yes:
		return "true"
	case No:
		return "false"
	}
	return ""
}
