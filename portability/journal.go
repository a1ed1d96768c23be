package portability

import (
	"context"
	"iter"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// A Journal is the durable record of jobs. Everything that one step of a job
// changes is one commit: the job, its entries, what they are called now. It
// is safe for concurrent use, by several processes where the store is durable.
type Journal interface {
	// Create stores a new job with Version 1. If there is one with its id, that is
	// returned, and created is false.
	Create(ctx context.Context, j Job) (stored Job, created bool, err error)
	// Job returns a job, or [ErrNoJob].
	Job(ctx context.Context, id string) (Job, error)
	// Commit stores the job and the change, all of it or nothing, and returns the job
	// with its new Version. [ErrStale] if the stored Version is another.
	Commit(ctx context.Context, j Job, c Change) (Job, error)
}

// Entries is what a [Journal] knows of the items of jobs.
type Entries interface {
	// Entries yields those of a job by number, behind after (-1 for all), that pass.
	Entries(ctx context.Context, job string, after int64, f EntryFilter) iter.Seq2[Entry, error]
	// Known returns the entries of some items. What is not known is left out.
	Known(ctx context.Context, job string, refs []Ref) (map[Ref]Entry, error)
	// Owners returns which items old IRIs stand for: as their ids and further
	// addresses. What is not known is left out.
	Owners(ctx context.Context, job string, olds []vocab.IRI) (map[vocab.IRI]Ref, error)
	// Names yields the old IRIs that entries of a job have been known by, in order, behind
	// after ("" for all). Those longer than 1,000 bytes may be left out.
	Names(ctx context.Context, job string, after vocab.IRI) iter.Seq2[vocab.IRI, error]
}

// Threads is how a [Journal] helps to put parents before children.
type Threads interface {
	// Links yields every entry of StageContent of a job by number: its own number, that of
	// the own entry that it answers (-1 if none), and when it was published.
	Links(ctx context.Context, job string) iter.Seq2[Link, error]
	// Held yields items that were kept back in the order of their entries' Rank, behind
	// after (-1 for all), each with its entry. They are read whole, as they came from the
	// source.
	Held(ctx context.Context, job string, after int64) iter.Seq2[HeldItem, error]
}

// JobFiles is the list of files that many workers share. It needs no version of the
// job: each file has a lease of its own.
type JobFiles interface {
	// ClaimFiles leases up to n files of a job that nobody has, and that are not settled,
	// to a worker until a time. Those that failed come when they are due. A lease or a time
	// to be due more than a day ahead was written by a clock that was wrong, and is over.
	ClaimFiles(ctx context.Context, job, worker string, now, until time.Time, n int) ([]JobFile, error)
	// RenewFiles has leases of a worker last until a time. It returns the places of those
	// that it has still, in their order.
	RenewFiles(ctx context.Context, job, worker string, until time.Time, places []string) ([]string, error)
	// SettleFiles stores what became of files that are not settled yet, and ends their
	// leases. One whose lease is another worker's by now is left alone, unless it was
	// copied: then it is there, whoever has it.
	SettleFiles(ctx context.Context, job, worker string, files []JobFile) error
	// Files yields all by number, behind after (-1 for all).
	Files(ctx context.Context, job string, after int64) iter.Seq2[JobFile, error]
	// Found returns what became of files, by the place they were staged under.
	Found(ctx context.Context, job string, places []string) (map[string]JobFile, error)
	// Unsettled returns how many files are not settled, and when the first of them may be
	// claimed: when it is due, or its lease is over. Zero for at once.
	Unsettled(ctx context.Context, job string) (n int64, due time.Time, err error)
}

// A Store is all that an [Engine] needs. Package portability/sqlstore has one over
// SQLite and PostgreSQL, [NewMemoryStore] is one in memory, and portabilitytest.TestStore
// is the suite that holds them to these words.
type Store interface {
	Journal
	Entries
	Threads
	JobFiles
	URIMap
	// Jobs yields the jobs by id, behind after, those of one account if it is not "".
	Jobs(ctx context.Context, account vocab.IRI, after string) iter.Seq2[Job, error]
	// Underway yields the jobs that have not ended, by id. What it costs does not depend on
	// how many have.
	Underway(ctx context.Context) iter.Seq2[Job, error]
}

// An Atomic store commits an effect and its record together where the sink lies in the
// same database.
type Atomic interface {
	// PutCommit does what Sink.Put and Journal.Commit do, in one transaction: settle
	// makes the job and the change out of the results. The bool is false, and nothing
	// was done, if it cannot for this sink.
	PutCommit(ctx context.Context, to Sink, items []Item, settle func([]Result) (Job, Change)) (Job, bool, error)
}

// A Change is what one commit adds or replaces.
type Change struct {
	Entries  []Entry    // by job and Ref
	Names    []Name     // by job and Old
	Files    []JobFile  // staged ones, by place; one that is known already is left as it is
	Ranks    []Rank     // of entries
	Hold     []HeldItem // items that wait for their turn
	Drop     bool       // let go of all held items
	Refile   []State    // files that ended so are not settled again, and were never tried; those of "" are due at once
	Mappings []Mapping  // as [URIMap.Map] takes them; another account's is left, and no error
}

// An Entry is what a job knows of one item.
type Entry struct {
	Ref
	No    int64 // in the order in which items were staged, from 0; it stays
	Stage Stage // in which it is put
	// State is how it ended; "" while it is staged. Intended is set, and committed,
	// before an effect whose end is not known yet.
	State    State
	Intended bool
	Reason   Reason
	// Put is the run in which the job has put it, or was about to while it was not there; 0
	// if it has not. What was there before the job is never its own, also if the job has
	// brought it up to date: neither undo nor a mirror takes it out.
	Put int
	// Was is how it had ended when it was staged to be updated; nil if it was not. If
	// nothing comes of that, it is so still.
	Was      *Ended
	NewID    vocab.IRI
	URLs     []vocab.IRI
	Audience Audience
	// Parent is the id of the own content that it answers; "" if none.
	Parent    string
	Published time.Time // zero if it has none that can be
	Digest    [32]byte  // of what the source said, in its canonical form
	Rank      int64     // its place among content, where the source has another order
	Run       int       // in which it was last seen at the source
	Size      int64     // of its documents, in bytes
}

// Ended is how an item that is at the sink had ended.
type Ended struct {
	State    State    `json:"state"`
	Reason   Reason   `json:"reason,omitempty"`
	Audience Audience `json:"audience,omitempty"`
	Digest   [32]byte `json:"digest"`
	Size     int64    `json:"size,omitempty"`
}

// An EntryFilter chooses entries. The zero one takes all.
type EntryFilter struct {
	Stage  Stage
	Kind   Kind
	Staged bool    // only those without a State
	States []State // only those
	Before int     // only those last seen before this run; 0 for any
	Down   bool    // by number downwards: those before after
}

// A Name is one old IRI of an item: its id, or where else it was found.
type Name struct {
	Old vocab.IRI
	Ref Ref
}

// A Link is what ordering needs to know of an entry.
type Link struct {
	No, Parent int64
	Published  time.Time
}

// A Rank is the place of an entry among content.
type Rank struct{ No, Rank int64 }

// A HeldItem is an item that waits for its turn.
type HeldItem struct {
	No   int64
	Rank int64 // as read back; not looked at when it is held
	Item Item
}

// A JobFile is one file of a job.
type JobFile struct {
	No     int64
	Place  string // what it is known by: its digest, or its address in the source
	Medium Medium
	State  State // Copied, Skipped, Failed; "" while it is not settled
	Reason Reason
	URL    vocab.IRI // where it stands at the sink
	Digest string    // SHA-256 in hex, once it was read
	Bytes  int64
	Tries  int
	Due    time.Time // when it may be tried again
}
