package backup

import (
	"codeberg.org/godwit/godwit/internal/container"
	"codeberg.org/godwit/godwit/internal/dialect"
)

// Limits bound what an archive may ask for. A zero field takes its default.
// Exceeding one refuses the archive, also in salvage; too large an item is a
// problem of that item.
type Limits struct {
	Total        int64 // bytes of all entries together; default 64 GiB
	Entries      int   // entries; default 1,000,000
	Ratio        int64 // bytes that one compressed byte may become, above 1 MiB; default 200
	PathBytes    int   // of one name; default 1,024
	PathSegments int   // of one name; default 32
	NameBytes    int64 // of all names together; default 128 MiB
	ItemBytes    int   // of one document; default 16 MiB
	ItemDepth    int   // of one document; default 64
	MediumBytes  int64 // of one file; default 8 GiB
}

// ReadOptions adjust how archives are read. A nil *ReadOptions is the same as a
// zero one.
type ReadOptions struct {
	Limits Limits
	// Host and Handle name the account where an export does not: Misskey's
	// notes and X's lists of followers have no word of whose they are, and a
	// server's export has many accounts.
	Host, Handle string
	// Salvage gives up what is damaged, lists it in [Reader.Lost], and reads
	// what is whole. What was salvaged is not to be trusted.
	Salvage bool
	// Scratch is the folder for private temporary files. Default os.TempDir.
	Scratch string
}

func (o *ReadOptions) orZero() ReadOptions {
	if o == nil {
		return ReadOptions{}
	}
	return *o
}

func (o ReadOptions) container() *container.Options {
	l := o.Limits
	return &container.Options{
		Limits: container.Limits{
			Total: l.Total, Entries: l.Entries, Ratio: l.Ratio,
			PathBytes: l.PathBytes, PathSegments: l.PathSegments, NameBytes: l.NameBytes,
		},
		Scratch: o.Scratch,
		Salvage: o.Salvage,
	}
}

func (o ReadOptions) dialect() *dialect.Options {
	return &dialect.Options{
		Host: o.Host, Handle: o.Handle,
		MaxItem: o.Limits.ItemBytes, MaxDepth: o.Limits.ItemDepth, MaxMedium: o.Limits.MediumBytes,
		Salvage: o.Salvage, Scratch: o.Scratch,
	}
}
