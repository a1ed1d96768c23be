package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
)

// A forecast is what -n tells.
type forecast struct {
	*portability.Forecast
	// Documents is the size of the items that are kept, in bytes.
	Documents int64 `json:"documents"`
	// Missing are those of Files that the source names and has not.
	Missing int64 `json:"missing,omitempty"`
	// Seconds is how long it takes at least: what reading the items took just now,
	// and what the files would take as fast as some of them were read.
	Seconds float64 `json:"seconds"`
	// FileRate is how fast those were read, in bytes a second; 0 if there are none.
	FileRate float64 `json:"fileRate,omitempty"`
}

// preview tells what would become of everything.
func (j *conversion) preview(ctx context.Context, c *call, from *backup.Set) error {
	limits, err := j.limits(ctx)
	if err != nil {
		return err
	}
	f, err := foresee(ctx, c, from, limits)
	if err != nil {
		return explainArchive(err)
	}
	if c.json {
		return c.printJSON(f)
	}
	if err := printForecast(c.stdout, f); err != nil {
		return err
	}
	size := f.Documents + f.Bytes
	fmt.Fprintf(c.stdout, "size     about %s before compression\n", byteSize(size))
	if j.volumes > 0 {
		fmt.Fprintf(c.stdout, "volumes  about %d\n", size/j.volumes+1)
	}
	printTime(c.stdout, f, "writing")
	return nil
}

// limits are what the target can hold: a standard archive everything, but for an
// inbox that nobody could open.
func (j *conversion) limits(ctx context.Context) (portability.Limits, error) {
	if j.target.takeout {
		w, err := backup.NewTakeout(io.Discard, &backup.TakeoutOptions{Scratch: j.options.Scratch})
		if err != nil {
			return portability.Limits{}, err
		}
		limits, err := w.Limits(ctx)
		return limits, errors.Join(err, w.Close())
	}
	var limits portability.Limits
	for _, k := range portability.Kinds() {
		if k != portability.Inbox || len(j.sealedTo) > 0 {
			limits.Kinds = append(limits.Kinds, k)
		}
	}
	return limits, nil
}

// foresee reads an account, and a little of its files.
func foresee(ctx context.Context, c *call, from *backup.Set, limits portability.Limits) (*forecast, error) {
	actor, err := from.Actor(ctx)
	if err != nil && !errors.Is(err, portability.ErrNoActor) {
		return nil, err
	}
	who := portability.ReadershipOf(actor)
	f, missing := &forecast{}, map[string]bool{}
	var sample []portability.Medium
	m := c.meter()
	defer m.close()
	began := time.Now()
	f.Forecast, err = portability.Preview(ctx, metered{Set: from, meter: m, each: func(item portability.Item) {
		if _, fatal := item.Fatal(); fatal || len(limits.Breaks(item, who)) > 0 {
			return
		}
		f.Documents += sizeOf(item)
		for _, medium := range item.Media {
			switch {
			case medium.Path == "" && len(missing) < mostRemembered:
				missing[string(medium.URL)] = true
			case medium.Path != "" && len(sample) < mostSampled:
				sample = append(sample, medium)
			}
		}
	}}, limits)
	if err != nil {
		return nil, err
	}
	f.Missing = int64(len(missing))
	took := time.Since(began)
	if f.FileRate, err = fileRate(ctx, from, sample); err != nil {
		return nil, err
	}
	f.Seconds = max(took, f.Least).Seconds()
	if f.FileRate > 0 {
		f.Seconds += float64(f.Bytes) / f.FileRate
	}
	return f, nil
}

func sizeOf(item portability.Item) int64 {
	n := int64(len(item.Raw))
	if item.Object != nil {
		n += int64(len(item.Object.Bytes()))
	}
	if item.Activity != nil {
		n += int64(len(item.Activity.Bytes()) - len(item.Object.Bytes()))
	}
	return n
}

// How much is read of the files to tell how fast that is.
const (
	mostSampled = 1000
	leastSample = 1 << 20 // bytes; of less nothing can be told
	sampleBytes = 64 << 20
	sampleTime  = time.Second
)

// mostRemembered is of how many files it is remembered that they are missing.
const mostRemembered = 1 << 16

// fileRate reads some files, and returns how many bytes a second came; 0 if they are
// too few to tell.
func fileRate(ctx context.Context, from portability.MediaSource, sample []portability.Medium) (float64, error) {
	began, n := time.Now(), int64(0)
	for _, m := range sample {
		if n >= sampleBytes || time.Since(began) > sampleTime {
			break
		}
		r, _, err := from.OpenMedia(ctx, m)
		if errors.Is(err, portability.ErrNoMedium) || errors.Is(err, portability.ErrBadMedium) {
			continue
		}
		if err != nil {
			return 0, err
		}
		read, err := io.Copy(io.Discard, io.LimitReader(r, sampleBytes-n))
		n += read
		if err := errors.Join(err, r.Close()); err != nil && !errors.Is(err, portability.ErrBadMedium) {
			return 0, err
		}
	}
	if n < leastSample {
		return 0, ctx.Err()
	}
	return float64(n) / max(time.Since(began).Seconds(), 1e-6), ctx.Err()
}

// printForecast prints what would become of every item.
func printForecast(w io.Writer, f *forecast) error {
	t := newTable("kind", ">kept", ">changed", ">left out", ">unusable")
	for _, k := range portability.Kinds() {
		if states := f.States[k]; len(states) > 0 {
			row := []string{string(k)}
			for _, state := range []portability.State{portability.Copied, portability.Changed, portability.Skipped, portability.Failed} {
				row = append(row, strconv.FormatInt(states[state], 10))
			}
			t.row(row...)
		}
	}
	if err := t.print(w); err != nil {
		return err
	}
	fmt.Fprintln(w)
	for _, k := range portability.Kinds() {
		printReasons(w, "rule", k, f.Rules[k])
		printReasons(w, "problem", k, f.Problems[k])
	}
	fmt.Fprintf(w, "files    %s\n", filesLine(backup.FileCount{Here: f.Files - f.Missing, Bytes: f.Bytes, Missing: f.Missing}))
	return nil
}

// printTime says how long it takes at least, and how that is known.
func printTime(w io.Writer, f *forecast, rest string) {
	text := fmt.Sprintf("takes    at least %s, going by how fast the items were read just now", roundTime(f.Seconds))
	if f.FileRate > 0 {
		text += fmt.Sprintf(", and some of the files, at %s a second", byteSize(int64(f.FileRate)))
	}
	fmt.Fprintf(w, "%s; %s comes on top\n", text, rest)
}

// roundTime is a time as a person would say it.
func roundTime(seconds float64) time.Duration {
	d := time.Duration(seconds * float64(time.Second))
	switch {
	case d > time.Minute:
		return d.Round(time.Second)
	case d > time.Second:
		return d.Round(100 * time.Millisecond)
	}
	return max(d.Round(10*time.Millisecond), 10*time.Millisecond)
}
