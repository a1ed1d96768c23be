package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"codeberg.org/godwit/godwit/portability/closing"
	"codeberg.org/godwit/godwit/vocab"
)

// A closeEstimate is what the job will take.
type closeEstimate struct {
	closing.Estimate
	Needed   int64          `json:"needed"`         // bytes of disk: of archives and of the door file
	Free     int64          `json:"free,omitempty"` // bytes; 0 if the system does not tell
	Seconds  int64          `json:"seconds"`
	Problems []closeProblem `json:"problems,omitempty"`
}

func (e closeEstimate) short() bool { return e.Free > 0 && e.Needed > e.Free }

// estimate writes nothing where there is no job yet.
func (j *closeJob) estimate(ctx context.Context) (e closeEstimate, err error) {
	path := j.place("job.jsonl")
	if _, err := os.Stat(path); err != nil {
		dir, err := os.MkdirTemp(j.options.Scratch, "godwit-close-*")
		if err != nil {
			return e, err
		}
		defer os.RemoveAll(dir)
		path = filepath.Join(dir, "job.jsonl")
	}
	job, err := closing.Open(path, j.list, closing.Steps{}, nil)
	if err != nil {
		return e, err
	}
	e.Estimate, err = job.Estimate(ctx)
	if err := errors.Join(err, job.Close()); err != nil {
		return e, err
	}
	e.Seconds, e.Problems = int64(e.Time.Round(time.Second).Seconds()), j.list.faults
	e.Needed = e.Bytes // and a door file that is made anew, beside the one that is there
	for _, name := range j.list.order {
		e.Needed += j.list.lines[name].Size
	}
	free := freeBytes
	if j.c.free != nil {
		free = j.c.free
	}
	e.Free, err = free(existing(j.out))
	return e, err
}

// existing is the nearest folder above that is there.
func existing(path string) string {
	for {
		if _, err := os.Stat(path); err == nil || path == filepath.Dir(path) {
			return path
		}
		path = filepath.Dir(path)
	}
}

func (j *closeJob) printEstimate(e closeEstimate) error {
	j.meter.end()
	if j.c.json {
		return j.c.printJSON(e)
	}
	j.sayEstimate(e)
	j.sayProblems(e.Problems)
	return nil
}

func (j *closeJob) sayEstimate(e closeEstimate) {
	free := "unknown"
	if e.Free > 0 {
		free = byteSize(e.Free)
	}
	fmt.Fprintf(j.c.stdout, "accounts   %d, of which %d are exported and %d have not chosen\ndisk       %s needed, %s free\ntime       about %s\n",
		e.Accounts, e.Exported, e.Undecided, byteSize(e.Needed), free, time.Duration(e.Seconds)*time.Second)
}

func (j *closeJob) sayProblems(problems []closeProblem) {
	for i, p := range problems {
		if i == 10 {
			fmt.Fprintf(j.c.stdout, "problem    and %d more\n", len(problems)-i)
			return
		}
		fmt.Fprintf(j.c.stdout, "problem    %s: %s\n", printable(p.Of), printable(p.Problem))
	}
}

// A closeLine is where one account is.
type closeLine struct {
	Name    string         `json:"name"`
	ID      vocab.IRI      `json:"id"`
	Handle  string         `json:"handle,omitempty"`
	New     vocab.IRI      `json:"new,omitempty"`
	Export  string         `json:"export,omitempty"`
	Done    []closing.Task `json:"done,omitempty"`
	Due     []closing.Task `json:"due,omitempty"`
	Trouble string         `json:"trouble,omitempty"`
}

// A closeOutcome is what the command prints.
type closeOutcome struct {
	Estimate  closeEstimate        `json:"estimate"`
	Opened    int                  `json:"opened"` // exports that had to be opened to be listed
	Accounts  int                  `json:"accounts"`
	Whole     int                  `json:"whole"`
	Undecided int                  `json:"undecided"`
	Unsigned  int                  `json:"unsigned"` // whose Move the old server must send
	Failed    map[closing.Task]int `json:"failed,omitempty"`
	Door      bool                 `json:"doorBuilt"`
	Problems  []closeProblem       `json:"problems,omitempty"`
	People    []closeLine          `json:"people"`
	listed    int                  // rows of problems.csv
}

// tellAll writes the lists for the admin, and says how it stands.
func (j *closeJob) tellAll(ctx context.Context, job *closing.Job, report closing.Report, e closeEstimate) error {
	out := closeOutcome{
		Estimate: e, Opened: j.list.opened, Accounts: report.Accounts, Whole: report.Whole, Undecided: report.Undecided,
		Failed: report.Failed, Door: report.Door, Problems: j.list.faults, People: []closeLine{},
	}
	undecided := [][]string{{"old", "new", "handle", "export"}} // -choices takes it back, filled in
	var unsigned, problems [][]string
	for _, p := range out.Problems {
		problems = append(problems, []string{p.Of, p.Problem})
	}
	for s, err := range job.Status(ctx) {
		if err != nil {
			return err
		}
		line := closeLine{s.Name, s.ID, j.list.handle(s.Name), s.New, s.Exported.Path, s.Done, s.Due, s.Trouble}
		out.People = append(out.People, line)
		switch {
		case s.New == "":
			undecided = append(undecided, []string{string(s.ID), "", line.Handle, s.Name})
		case j.moves.announcer == nil, slices.Contains(s.Due, closing.Move):
			unsigned = append(unsigned, []string{string(s.ID), string(s.New), s.Name})
		}
		if s.Trouble != "" {
			problems = append(problems, []string{s.Name, s.Trouble})
		}
	}
	out.Unsigned, out.listed = len(unsigned), len(problems)
	if err := errors.Join(j.writeList("undecided.csv", undecided), j.writeList("unsigned.csv", unsigned), j.writeList("problems.csv", problems)); err != nil {
		return err
	}
	return j.printClosed(out)
}

func (j *closeJob) writeList(name string, rows [][]string) error {
	var text bytes.Buffer
	if err := csv.NewWriter(&text).WriteAll(rows); err != nil {
		return err
	}
	return writeWhole(j.place(name), text.Bytes())
}

func (j *closeJob) printClosed(out closeOutcome) error {
	if j.c.json {
		if err := j.c.printJSON(out); err != nil {
			return err
		}
	} else {
		j.sayClosed(out)
	}
	if out.listed == 0 {
		return nil
	}
	return &exitError{status: statusFailed, err: fmt.Errorf("%d exports, choices or accounts need somebody to look at them", out.listed),
		hint: "they are listed in " + j.place("problems.csv") + "; all others are done"}
}

func (j *closeJob) sayClosed(out closeOutcome) {
	j.sayEstimate(out.Estimate)
	fmt.Fprintf(j.c.stdout, "done       %d of %d accounts\nundecided  %d: %s\n", out.Whole, out.Accounts, out.Undecided, printable(j.place("undecided.csv")))
	if out.Unsigned > 0 {
		fmt.Fprintf(j.c.stdout, "unsigned   %d, whose Move the old server must send: %s\n", out.Unsigned, printable(j.place("unsigned.csv")))
	}
	j.sayProblems(out.Problems)
	for _, p := range out.People {
		if p.Trouble != "" {
			fmt.Fprintf(j.c.stdout, "trouble    %s: %s\n", printable(p.Name), printable(p.Trouble))
		}
	}
	if out.Door {
		fmt.Fprintf(j.c.stdout, "secrets    %s\nserve      godwit afterlife serve %s -origin https://…\n", printable(j.place("secrets.csv")), printable(j.place("door")))
	}
}
