package dialect

import "strings"

// A Reason says, in a word that never changes, what is wrong with an export as a
// whole. What is wrong with one item is a portability.Reason.
type Reason string

// Reasons to refuse an export.
const (
	ManifestBad       Reason = "manifest-invalid"        // not the YAML that FEP-6fcd allows
	ManifestVersion   Reason = "manifest-version"        // of another version of the format
	ManifestTwice     Reason = "two-manifests"           // more than one
	TwoOutboxes       Reason = "two-outboxes"            // more than one
	Mismatch          Reason = "integrity-mismatch"      // another digest or size than the integrity list has
	MissingPart       Reason = "part-missing"            // a file that the manifest counts is not there
	NotReadable       Reason = "not-readable"            // a file without which there is nothing is no JSON at all
	CodeNotData       Reason = "code-in-place-of-data"   // a script where only an assignment may stand
	EntryTooLarge     Reason = "entry-too-large"         // above a limit for one file
	AfterEnd          Reason = "entries-after-the-end"   // behind the proof, or behind the end of the tar
	Incomplete        Reason = "fewer-entries-than-said" // the container has no end, and not all that the manifest counts
	LinkReferenced    Reason = "link-referenced"         // what is used is a link or a device
	ProofInvalid      Reason = "proof-invalid"           // a proof by a key that is known does not hold
	VolumesDisagree   Reason = "volumes-disagree"        // volumes of different sets, or one twice
	IncrementMismatch Reason = "base-differs"            // an increment on another base
)

// Reasons that do not keep an export from being read.
const (
	SecretInside   Reason = "secret-inside"   // a private key or password lies in clear in the export
	Unlisted       Reason = "unlisted"        // an entry that the manifest does not list
	ListedAbsent   Reason = "listed-absent"   // an entry that the manifest lists and that is not there
	ManifestOdd    Reason = "manifest-odd"    // a manifest in an odd place, name or spelling
	MissingFile    Reason = "file-missing"    // an optional file of the dialect is not there
	TotalDiffers   Reason = "total-differs"   // a collection says another number of items than it has
	TextFault      Reason = "text-fault"      // see the detail: a repeated member, stray text, an odd encoding
	PartlyRead     Reason = "partly-read"     // the file is damaged; what is whole in it was read
	NotVerified    Reason = "not-verified"    // a signature or proof that cannot be judged
	NewestTaken    Reason = "newest-taken"    // of several exports in one container the newest was read
	NotInOrder     Reason = "not-in-order"    // items come as they stand in the file, which is not the order of their dates
	Lacks          Reason = "lacks"           // what this dialect never has; see the detail
	NoFileHeader   Reason = "no-header"       // a list whose type was told by its content alone
	RowUnusable    Reason = "row-unusable"    // a row of a list that cannot be read; see the detail for its line
	VolumeMissing  Reason = "volume-missing"  // a volume of the set was not given
	BaseMissing    Reason = "base-missing"    // the base of an increment was not given
	ForeignRecord  Reason = "foreign-record"  // a file that the dialect has and that is not an account's data
	CountMismatch  Reason = "count-differs"   // a manifest counts another number than is there
	UnknownDialect Reason = "version-unknown" // a later version of the dialect than is known
)

func (r Reason) sentence() string { return strings.ReplaceAll(string(r), "-", " ") }

// A Problem is something odd about an export as a whole.
type Problem struct {
	Reason Reason
	Where  string // the entry, or the place in it; "" if the whole
	Detail string // for people; it holds no private text
}
