package closing

import (
	"context"
	"fmt"
	"time"

	"codeberg.org/godwit/godwit/portability"
)

// An Estimate is what a job will take, before it is run.
type Estimate struct {
	Accounts  int           `json:"accounts"`
	Undecided int           `json:"undecided"`
	Exported  int           `json:"exported"` // of an earlier run
	Bytes     int64         `json:"bytes"`    // of the exports that are not there yet
	Time      time.Duration `json:"-"`        // of reading them, by one worker; exports are written at about that rate
	Sampled   int           `json:"sampled"`  // accounts that this was learned from
}

// sample is how many accounts are read for an estimate.
const sample = 20

// Estimate lists the accounts, reads some of them, spread over all, and tells what the
// exports of the others will take: of bytes, those that the server names where it
// does. It writes nothing.
func (j *Job) Estimate(ctx context.Context) (Estimate, error) {
	var e Estimate
	var due []Account
	for a, err := range j.server.Accounts(ctx, "") {
		if err != nil {
			return e, fmt.Errorf("estimate: list accounts: %w", err)
		}
		e.Accounts++
		if a.New == "" {
			e.Undecided++
		}
		if j.log.has(a, Export) {
			e.Exported++
			continue
		}
		due = append(due, a)
	}
	return j.learn(ctx, e, due)
}

// learn reads a sample of what is due.
func (j *Job) learn(ctx context.Context, e Estimate, due []Account) (Estimate, error) {
	var read int64
	var took time.Duration
	for i := range min(sample, len(due)) {
		a := due[i*len(due)/min(sample, len(due))]
		began := j.options.Now()
		n, err := j.weigh(ctx, a)
		if ctx.Err() != nil {
			return e, ctx.Err()
		}
		if err != nil {
			continue // it will be in the report of the run
		}
		read, took, e.Sampled = read+n, took+j.options.Now().Sub(began), e.Sampled+1
	}
	for _, a := range due {
		switch {
		case a.Bytes > 0:
			e.Bytes += a.Bytes
		case e.Sampled > 0:
			e.Bytes += read / int64(e.Sampled)
		}
	}
	if e.Sampled > 0 {
		e.Time = took / time.Duration(e.Sampled) * time.Duration(len(due))
	}
	return e, nil
}

// weigh reads one account and returns how many bytes its documents and files have.
func (j *Job) weigh(ctx context.Context, a Account) (int64, error) {
	source, err := j.server.Open(ctx, a.Name)
	if err != nil {
		return 0, err
	}
	n, err := bytesOf(ctx, source)
	return n, closed(source, err)
}

func bytesOf(ctx context.Context, source portability.Source) (n int64, err error) {
	kinds, err := source.Kinds(ctx)
	if err != nil {
		return 0, err
	}
	seen := map[string]bool{}
	for _, k := range kinds {
		for item, err := range source.Items(ctx, k, "") {
			if err != nil {
				return n, err
			}
			n += int64(len(item.Raw))
			if item.Object != nil {
				n += int64(len(item.Object.Bytes()))
			}
			for _, m := range item.Media {
				if place := m.Digest + m.Path + string(m.URL); !seen[place] {
					seen[place], n = true, n+max(m.Size, 0)
				}
			}
		}
	}
	return n, nil
}
