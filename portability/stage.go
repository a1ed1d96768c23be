package portability

import (
	"context"
	"fmt"
	"slices"

	"codeberg.org/godwit/godwit/vocab"
)

// A staging makes entries of a batch of items.
type staging struct {
	v      *visit
	job    *Job
	judge  judge
	known  map[Ref]Entry
	change Change
	at     map[Ref]int // where an entry of this batch is in the change
	used   []JobFile
	toPut  []Item // with toMint, those that a Minter is asked about
	toMint []Ref
}

// stage returns what a batch of items changes in the journal, and counts it in the
// job.
func (v *visit) stage(ctx context.Context, j *Job, items []Item) (Change, error) {
	known, sums, err := v.known(ctx, *j, items)
	if err != nil {
		return Change{}, err
	}
	s := &staging{
		v: v, job: j, known: known, at: map[Ref]int{},
		judge: v.judge(*j),
	}
	for n, item := range items {
		s.item(item, sums[n])
	}
	if err := s.mint(ctx); err != nil {
		return Change{}, err
	}
	if err := s.files(ctx); err != nil {
		return Change{}, err
	}
	return s.change, s.checkNames(ctx)
}

// item stages one item, as far as it is new, or says something new.
func (s *staging) item(i Item, sum [32]byte) {
	ref := refOf(*s.job, i)
	before, there := s.known[ref]
	switch {
	case there && before.Run == s.job.Run && before.Digest == sum:
		return // met before
	case there && before.Run == s.job.Run:
		s.twin(ref, sum, i)
		return
	}
	e := s.judge.entry(i, ref, sum)
	if there {
		e = s.again(before, e)
	}
	e.Run = s.job.Run
	if !there {
		e.No = s.job.Next
		s.job.Next++
	}
	if e.State == "" && !before.hasRoom() {
		if most := s.v.options.Limits.Items; most > 0 && s.job.Items >= most {
			e.State, e.Reason = Skipped, TooMany
		} else {
			s.job.Items++
		}
	}
	s.add(e, i)
}

// hasRoom reports whether an item was counted among those that a job may put, in an
// earlier run. What is only updated needs no more room.
func (e Entry) hasRoom() bool {
	return e.wasPut() || e.Put > 0 || e.Intended || e.NewID != "" || e.wasDeleted()
}

// add takes an entry into the change, and counts it.
func (s *staging) add(e Entry, i Item) {
	s.known[e.Ref] = e
	s.at[e.Ref] = len(s.change.Entries)
	s.change.Entries = append(s.change.Entries, e)
	read := s.job.tally(StageRead, i.Kind)
	read.Done++
	read.Bytes += e.Size
	if e.State != "" {
		return
	}
	put := s.job.tally(e.Stage, i.Kind)
	put.Total++
	s.name(e, i)
	for n, m := range i.Media[:min(len(i.Media), mostFiles)] {
		s.used = append(s.used, JobFile{No: numberOf(e, n), Place: placeOf(m), Medium: m})
	}
	if e.NewID == "" {
		s.toPut, s.toMint = append(s.toPut, i), append(s.toMint, e.Ref)
	}
}

// twin records that another item has the same name. The first is kept.
func (s *staging) twin(ref Ref, sum [32]byte, i Item) {
	other := twinOf(ref, sum)
	e, there := s.known[other]
	if there && e.Run == s.job.Run {
		return
	}
	if !there {
		e = Entry{Ref: other, No: s.job.Next, Stage: stageOf(i.Kind), Digest: sum, Size: int64(i.size())}
		s.job.Next++
	}
	e.State, e.Reason, e.Run = Conflicting, DuplicateID, s.job.Run
	s.known[other] = e
	s.change.Entries = append(s.change.Entries, e)
	s.job.tally(StageRead, i.Kind).Done++
}

// name records what an item has been known by.
func (s *staging) name(e Entry, i Item) {
	for _, n := range namesOf(*s.job, i) {
		s.change.Names = append(s.change.Names, Name{Old: n, Ref: e.Ref})
	}
}

// checkNames leaves out names that are another item's: its id always, and
// otherwise whose it was first.
func (s *staging) checkNames(ctx context.Context) error {
	olds := make([]vocab.IRI, len(s.change.Names))
	for i, n := range s.change.Names {
		olds[i] = n.Old
	}
	if len(olds) == 0 {
		return nil
	}
	owners, err := s.v.engine.store.Owners(ctx, s.job.ID, olds)
	if err != nil {
		return err
	}
	for _, n := range s.change.Names {
		owner, has := owners[n.Old]
		isID, wasID := n.Ref.ID == string(n.Old), owner.ID == string(n.Old)
		if !has || isID && !wasID {
			owners[n.Old] = n.Ref
		}
	}
	s.change.Names = slices.DeleteFunc(s.change.Names, func(n Name) bool { return owners[n.Old] != n.Ref })
	return nil
}

// files stages the files that the items use, as far as they are not known.
func (s *staging) files(ctx context.Context) error {
	if !s.v.takesFiles() || len(s.used) == 0 {
		return nil
	}
	places := make([]string, len(s.used))
	for n, f := range s.used {
		places[n] = f.Place
	}
	known, err := s.v.engine.store.Found(ctx, s.job.ID, places)
	if err != nil {
		return err
	}
	met := map[string]bool{"": true}
	for _, f := range s.used {
		if _, there := known[f.Place]; !there && !met[f.Place] {
			met[f.Place] = true
			s.change.Files = append(s.change.Files, s.file(f))
		}
	}
	return nil
}

// file stages one file, if there is room for it.
func (s *staging) file(f JobFile) JobFile {
	t := s.job.tally(StageFiles, Media)
	t.Total++
	size := max(f.Medium.Size, 0)
	if most := s.v.options.Limits.Bytes; most > 0 && t.Bytes+size > most {
		f.State, f.Reason = Failed, TooMany
		return f
	}
	t.Bytes += size
	return f
}

// mostFiles is how many files of one item are taken.
const mostFiles = 1 << 10

// numberOf numbers a file by the run and the item in which it was met first, so that
// it does not matter how the items were divided into batches.
func numberOf(e Entry, n int) int64 {
	return int64(e.Run)<<52 | e.No<<10 | int64(n)
}

// takesFiles reports whether the source has files, and the sink takes them.
func (v *visit) takesFiles() bool {
	_, have := v.source.(MediaSource)
	_, take := v.sink.(MediaSink)
	return have && take
}

// placeOf returns what a file is known by.
func placeOf(m Medium) string {
	switch {
	case m.Digest != "":
		return "sha256:" + m.Digest
	case m.Path != "":
		return "path:" + m.Path
	case m.URL != "":
		return "url:" + string(m.URL)
	}
	return ""
}

// mint gives names to what was staged, where the sink has them beforehand, or it keeps
// its own.
func (s *staging) mint(ctx context.Context) error {
	if len(s.toPut) == 0 {
		return nil
	}
	if s.v.options.KeepIDs {
		return s.keepIDs(ctx)
	}
	minted, err := s.minted(ctx)
	if err != nil {
		return err
	}
	for n, i := range s.toPut {
		e := s.staged(n)
		if e.NewID, e.URLs = minted[n].ID, minted[n].URLs; i.Kind == Actor {
			e.NewID = s.job.Account
		}
	}
	return nil
}

// staged returns the entry of an item that gets a name.
func (s *staging) staged(n int) *Entry { return &s.change.Entries[s.at[s.toMint[n]]] }

func (s *staging) minted(ctx context.Context) (minted []Minted, err error) {
	minter, ok := s.v.sink.(Minter)
	if !ok {
		return make([]Minted, len(s.toPut)), nil
	}
	err = s.v.during(ctx, func(ctx context.Context) (err error) {
		minted, err = minter.Mint(ctx, s.toPut)
		if err == nil && len(minted) != len(s.toPut) {
			err = fmt.Errorf("the sink returned %d names for %d items", len(minted), len(s.toPut))
		}
		return ofEnd("name items at the sink", err)
	})
	return minted, err
}
