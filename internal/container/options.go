package container

// Limits bound what a container may ask for. Exceeding one is fatal, also in
// salvage.
type Limits struct {
	// Total is how many bytes all entries may have together, and what may be
	// spooled or inflated; 0 means 64 GiB.
	Total int64
	// Entries is how many there may be, folders and links included; 0 means
	// 1,000,000.
	Entries int
	// Ratio is how many bytes one compressed byte may become, once an entry or
	// stream is over 1 MiB; 0 means 200.
	Ratio int64
	// PathBytes is how long a name may be; 0 means 1,024.
	PathBytes int
	// PathSegments is how deep a name may be; 0 means 32.
	PathSegments int
	// NameBytes is how long all names may be together, for they are held in
	// memory; 0 means 128 MiB.
	NameBytes int64
}

// ratioGrace is how much may be inflated before the ratio counts.
const ratioGrace = 1 << 20

// Options adjust how a container is opened.
type Options struct {
	Limits Limits
	// Scratch is the folder for private temporary files; "" means os.TempDir.
	Scratch string
	// Backslashes takes backslashes in names for slashes before they are
	// checked, as archives of X need it. Unset, they are fatal.
	Backslashes bool
	// Salvage gives up what is damaged, lists it in Container.Lost and keeps
	// what is whole. Unset, damage is fatal. A damaged tar is searched for its
	// next entry, so that one in the body of a damaged entry can come to light.
	Salvage bool
}

func (o *Options) orDefault() Options {
	var opts Options
	if o != nil {
		opts = *o
	}
	l := &opts.Limits
	l.Total = orElse(l.Total, 64<<30)
	l.Entries = orElse(l.Entries, 1_000_000)
	l.Ratio = orElse(l.Ratio, 200)
	l.PathBytes = orElse(l.PathBytes, 1024)
	l.PathSegments = orElse(l.PathSegments, 32)
	l.NameBytes = orElse(l.NameBytes, 128<<20)
	return opts
}

func orElse[T int | int64](v, otherwise T) T {
	if v == 0 {
		return otherwise
	}
	return v
}

// overRatio says whether a stream inflates more than it may.
func (l *Limits) overRatio(inflated, compressed int64) bool {
	return inflated > ratioGrace && inflated/l.Ratio > compressed
}
