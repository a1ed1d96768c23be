package jsonitems

// A Fault says, in a word that never changes, what is wrong with an element, or
// with the text around the elements.
type Fault string

// The faults.
const (
	TooLarge   Fault = "too-large"   // above Options.MaxItem; the element has no data, and what follows it is read
	TooDeep    Fault = "too-deep"    // above Options.MaxDepth; as before
	BadText    Fault = "bad-text"    // invalid UTF-8 or lone surrogates; Data has U+FFFD in their place, and may be longer for it
	BadJSON    Fault = "bad-json"    // the element is no JSON value; Data are its bytes as they stand
	Stray      Fault = "stray"       // commas where none belong, or other text that was passed over
	Repeated   Fault = "repeated"    // a member of the outer object stands twice; of arrays all are yielded, of others the last counts
	Truncated  Fault = "truncated"   // the text ends within; all that was whole was yielded
	Trailing   Fault = "trailing"    // something stands behind the end
	NotText    Fault = "not-text"    // no JSON at all, or in an encoding that is not read
	OddCoding  Fault = "odd-coding"  // a byte order mark, or UTF-16, which was read
	WrongShape Fault = "wrong-shape" // JSON, and none of the arrays asked for are in it
)

// An Element is one element of an array, one member that stands beside the
// arrays, or a fault of the whole.
type Element struct {
	// Array is the name of the member of the outer object that holds the array;
	// "" where the outer value is itself the array, or for Lines.
	Array string
	// Member is the name of a member of the outer object that is not one of the
	// arrays: then Data is its value. It comes where it stands, which may be
	// behind the elements. A member whose name is empty is called `""`.
	Member string
	// Data is one JSON value, the caller's to keep. Nil for a fault without one.
	Data []byte
	// Line is the line at which it begins, from 1; 0 unless from Lines.
	Line int64
	// Offset is where it begins, in bytes of the text; of UTF-16, of the same
	// text in UTF-8.
	Offset int64
	// Fault is what is wrong with it; "" if nothing was seen to be. An element
	// with a fault and no data is about the whole: [Repeated] then names the
	// array or member that comes again next, and [Stray] is said once for each
	// array, and once for the members of the outer object.
	Fault Fault
	// Passed says that [Options].Pass passed over the element, which has no data
	// then.
	Passed bool
}

// Options adjust reading. A nil *Options is the same as a zero one.
type Options struct {
	// Arrays are the names of members whose elements are yielded one by one.
	// Default "orderedItems" and "items". A member of such a name that is no
	// array is yielded as a Member. Names count in the outer object alone.
	Arrays []string
	// MaxItem is how many bytes one value may have. Default 16 MiB.
	MaxItem int
	// MaxDepth is how deep one value may nest. Default 64.
	MaxDepth int
	// Assignment accepts "window.name.part0 = " before the value and a semicolon
	// behind it, as the files of X have them, and JSON alone. Nothing is ever
	// evaluated: any other text is NotText, and any behind the value Trailing.
	Assignment bool
	// Pass reports whether nobody wants an element of an array: it is yielded
	// without data then. It is asked for each that has no fault, and must not
	// keep what it is given, which may hold what is no text. Nil wants all.
	Pass func(data []byte) bool
	// AsItStands leaves elements of arrays as they stand, and text in them that
	// is none too: whoever finds that out calls [Repair].
	AsItStands bool
}
