package portability

import (
	"context"
	"fmt"
	"time"
)

// A Forecast is what would become of an account at a sink, without putting
// anything: what it keeps, changes and leaves out, and by which rules.
type Forecast struct {
	// States are the items by kind and by how they would end: Copied, Changed,
	// Skipped, or Failed for those that cannot be read.
	States map[Kind]map[State]int64 `json:"states"`
	// Rules are the items that break each rule, by kind. One item may break
	// several.
	Rules map[Kind]map[Rule]int64 `json:"rules,omitempty"`
	// Problems are those of the items that the source has, by kind and reason.
	Problems map[Kind]map[Reason]int64 `json:"problems,omitempty"`
	// Files and Bytes are what would be given of files; a file whose size is not
	// known counts as none, and one that is used again after 65,536 others twice.
	Files int64 `json:"files"`
	Bytes int64 `json:"bytes"`
	// Least is how long the items take at least, after Limits.PerItem. It is not
	// among the members in JSON, which has no form for it.
	Least time.Duration `json:"-"`
}

// Preview reads an account and tells what a sink with these limits makes of it. It
// opens no file. The error is about the source or ctx; the Forecast says how far it
// came then.
func Preview(ctx context.Context, from Source, l Limits) (*Forecast, error) {
	p := previewer{limits: l, forecast: &Forecast{
		States: map[Kind]map[State]int64{}, Rules: map[Kind]map[Rule]int64{}, Problems: map[Kind]map[Reason]int64{},
	}}
	actor, err := from.Actor(ctx)
	if err == nil {
		p.who = ReadershipOf(actor)
	}
	kinds, err := from.Kinds(ctx)
	if err != nil {
		return p.forecast, fmt.Errorf("preview copy: %w", err)
	}
	for _, k := range kinds {
		for item, err := range from.Items(ctx, k, "") {
			if err != nil {
				return p.forecast, fmt.Errorf("preview copy: %w", err)
			}
			p.item(item)
		}
	}
	return p.forecast, nil
}

type previewer struct {
	limits   Limits
	who      Readership
	files    recent
	kept     int64
	forecast *Forecast
}

func (p *previewer) item(item Item) {
	for _, problem := range item.Problems {
		count(p.forecast.Problems, item.Kind, problem.Reason)
	}
	if _, fatal := item.Fatal(); fatal {
		count(p.forecast.States, item.Kind, Failed)
		return
	}
	broken := p.limits.Breaks(item, p.who)
	if p.limits.Items > 0 && p.kept >= p.limits.Items {
		broken = append(broken, RuleItems)
	}
	state := Copied
	for _, rule := range broken {
		count(p.forecast.Rules, item.Kind, rule)
		if state != Skipped {
			state = Changed
		}
		if !rule.bends() {
			state = Skipped
		}
	}
	if state != Skipped {
		p.kept++
		p.forecast.Least += p.limits.PerItem
		p.media(item)
	}
	count(p.forecast.States, item.Kind, state)
}

// media counts the files that would go, as far as the account may have bytes.
func (p *previewer) media(item Item) {
	f := p.forecast
	for _, m := range item.Media {
		size := max(m.Size, 0)
		switch {
		case p.files.has(m), !p.limits.takesType(m.Type), p.limits.MediaBytes > 0 && size > p.limits.MediaBytes:
		case p.limits.Bytes > 0 && f.Bytes+size > p.limits.Bytes:
			count(f.Rules, item.Kind, RuleBytes)
		default:
			p.files.add(m)
			f.Files++
			f.Bytes += size
		}
	}
}

func count[K comparable](counts map[Kind]map[K]int64, k Kind, what K) {
	if counts[k] == nil {
		counts[k] = map[K]int64{}
	}
	counts[k][what]++
}
