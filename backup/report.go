package backup

import (
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"codeberg.org/godwit/godwit/portability"
)

// A writeReport is godwit/report.json. Maps are by kind, and by reason or audience.
type writeReport struct {
	Compressor string         `json:"compressor,omitzero"`
	Volume     volumeReport   `json:"volume"`
	Account    *accountReport `json:"account,omitzero"` // in the last volume
}

// volumeReport is how much lies in one volume.
type volumeReport struct {
	Outbox   int64 `json:"outbox"`
	History  int64 `json:"history"`
	Unknown  int64 `json:"unknown"`
	Received int64 `json:"received"`
	Files    int64 `json:"files"`
	Bytes    int64 `json:"bytes"` // of the files
}

type byReason map[string]map[string]int64

// accountReport is how much lies in the whole set, and what does not.
type accountReport struct {
	Items       map[string]int64     `json:"items"`
	Audience    byReason             `json:"audience"`
	Unaddressed map[string]int64     `json:"unaddressed,omitempty"` // for nobody that is named
	Problems    byReason             `json:"problems"`
	Changed     byReason             `json:"changed"`
	Skipped     byReason             `json:"skipped"`
	Failed      byReason             `json:"failed"`
	Conflicting byReason             `json:"conflicting"`
	InBase      map[string]int64     `json:"inBase,omitempty"`
	Removed     int64                `json:"removed,omitzero"`
	Files       int64                `json:"files"`
	Bytes       int64                `json:"bytes"`
	Missing     int64                `json:"missing"` // files that items use
	CSV         map[string]csvReport `json:"csv"`
	Notes       []jsontext.Value     `json:"notes"` // items that did not end as copied
	NotListed   int64                `json:"notesNotListed,omitzero"`
}

// csvReport is how much of a collection its CSV has.
type csvReport struct {
	Rows int64 `json:"rows"`
	Left int64 `json:"left"` // what it cannot say
}

// account is the report on what was put.
func (a *assembly) account() (*accountReport, error) {
	c := a.w.Counts
	r := &accountReport{
		Items: c.under("items"), Audience: c.twice("audience"), Unaddressed: c.under("unaddressed"),
		Problems: c.twice("problems"), Changed: c.twice("changed"),
		Skipped: c.twice(string(portability.Skipped)), Failed: c.twice(string(portability.Failed)),
		Conflicting: c.twice(string(portability.Conflicting)),
		InBase:      c.under("base"), Removed: a.removed, Files: a.files.items, Bytes: a.files.bytes,
		Missing: c["media missing"], CSV: a.csv, Notes: []jsontext.Value{}, NotListed: c["notes not listed"],
	}
	// A file counts where it is listed, whether or not the source has an item for it.
	delete(r.Items, string(portability.Media))
	if a.listed > 0 {
		r.Items[string(portability.Media)] = a.listed
	}
	notes, err := a.records(notesSpool)
	if err != nil {
		return nil, err
	}
	for {
		_, ok, err := notes.peek()
		if err != nil || !ok {
			return r, err
		}
		text, err := notes.text()
		if err != nil {
			return nil, err
		}
		r.Notes = append(r.Notes, text)
	}
}

// under are the counts whose name has two parts, the first of them this one.
func (c counts) under(first string) map[string]int64 {
	found := map[string]int64{}
	for name, n := range c {
		if parts := strings.Split(name, " "); len(parts) == 2 && parts[0] == first && n > 0 {
			found[parts[1]] = n
		}
	}
	return found
}

// twice are the counts whose name has three parts, the first of them this one.
func (c counts) twice(first string) byReason {
	found := byReason{}
	for name, n := range c {
		parts := strings.Split(name, " ")
		if len(parts) != 3 || parts[0] != first || n == 0 {
			continue
		}
		if found[parts[1]] == nil {
			found[parts[1]] = map[string]int64{}
		}
		found[parts[1]][parts[2]] = n
	}
	return found
}

// report is the report of one volume; the last has the account's.
func (a *assembly) report(v volume) ([]byte, error) {
	r := writeReport{Compressor: a.w.options.around().Compressor(), Volume: volumeReport{
		Outbox: v.outbox.items, History: v.history.items, Unknown: v.unknown.items, Received: v.received.items,
		Files: v.files.items, Bytes: v.files.bytes,
	}}
	if v.last {
		r.Account = a.whole
	}
	text, err := json.Marshal(r, json.Deterministic(true))
	return append(text, '\n'), err
}

// reportBytes is how long the last volume's report is, about.
func (a *assembly) reportBytes() int64 {
	text, err := a.report(volume{last: true})
	if err != nil {
		return 0
	}
	return int64(len(text)) + 256
}
