package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// printForecast prints a line that says it all, the families by verdict, and what
// stands around them.
func (c *call) printForecast(f *move.Forecast) {
	fmt.Fprintf(c.stdout, "%s\n\nold  %s\nnew  %s\n\n", summary(f), printable(string(f.Old)), printable(string(f.New)))
	for _, group := range alike(f.Outlooks) {
		first := group[0]
		fmt.Fprintf(c.stdout, "%s: %s\n", first.Prediction, names(group))
		for _, failure := range first.Failing {
			fmt.Fprintf(c.stdout, "  %s: %s\n", failure.Rule, printable(failure.Remedy))
		}
	}
	if f.Sender != nil {
		fmt.Fprintf(c.stdout, "\nthe old account's server is %s\n", f.Sender.Family)
		for _, failure := range f.Sender.Failing {
			fmt.Fprintf(c.stdout, "  %s: %s: %s\n", senderSays(f.Sender.Prediction), failure.Rule, printable(failure.Remedy))
		}
		printList(c.stdout, "", f.Sender.Notes)
	}
	for _, o := range f.Outlooks {
		printList(c.stdout, o.Family, o.Notes)
	}
	printList(c.stdout, "assumed", f.Assumed)
	printList(c.stdout, "what cannot be seen", f.Unseen)
}

// summary counts the families by verdict, in one line.
func summary(f *move.Forecast) string {
	var parts []string
	for _, verdict := range verdicts {
		n := 0
		for _, o := range f.Outlooks {
			if o.Prediction == verdict.prediction {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, verdict.text))
		}
	}
	return fmt.Sprintf("of %d families of software, %s", len(f.Outlooks), strings.Join(parts, ", "))
}

var verdicts = []struct {
	prediction move.Prediction
	text       string
}{
	{move.Honoured, "would honour the move"},
	{move.NotifyOnly, "would only tell people of it"},
	{move.Ignored, "would ignore it"},
	{move.CannotTell, "cannot be told"},
}

// alike puts the families together of which the same is said.
func alike(outlooks []move.Outlook) [][]move.Outlook {
	var groups [][]move.Outlook
	for _, o := range outlooks {
		i := slices.IndexFunc(groups, func(g []move.Outlook) bool {
			return g[0].Prediction == o.Prediction && slices.Equal(g[0].Failing, o.Failing)
		})
		if i < 0 {
			groups = append(groups, []move.Outlook{o})
		} else {
			groups[i] = append(groups[i], o)
		}
	}
	return groups
}

func names(group []move.Outlook) string {
	var all []string
	for _, o := range group {
		all = append(all, o.Family)
	}
	return strings.Join(all, ", ")
}

func senderSays(p move.Prediction) string {
	if p == move.Ignored {
		return "it would not send the Move"
	}
	return "it cannot be told whether it would send the Move"
}

func printList(w io.Writer, title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	if title != "" {
		fmt.Fprintf(w, "\n%s\n", title)
	}
	for _, line := range lines {
		fmt.Fprintf(w, "  %s\n", printable(line))
	}
}

// The forecast as check prints it for machines.
type (
	forecastReport struct {
		Summary  string          `json:"summary"`
		Old      vocab.IRI       `json:"old"`
		New      vocab.IRI       `json:"new"`
		Refusal  move.Reason     `json:"refusal,omitempty"`
		Sender   *outlookReport  `json:"sender,omitempty"`
		Families []outlookReport `json:"families"`
		Assumed  []string        `json:"assumed"`
		Unseen   []string        `json:"unseen"`
		failure
	}
	outlookReport struct {
		Family  string          `json:"family"`
		Verdict move.Prediction `json:"verdict"`
		Failing []failureReport `json:"failing,omitempty"`
		Notes   []string        `json:"notes,omitempty"`
	}
	failureReport struct {
		Rule   move.RuleName `json:"rule"`
		Remedy string        `json:"remedy"`
	}
)

func reportOf(f *move.Forecast, conclusion error) forecastReport {
	r := forecastReport{Summary: summary(f), Old: f.Old, New: f.New, Assumed: f.Assumed, Unseen: f.Unseen}
	r.failure, _ = failureOf(conclusion)
	if f.Refusal != nil {
		r.Refusal = f.Refusal.Reason
	}
	if f.Sender != nil {
		sender := outlookOf(*f.Sender)
		r.Sender = &sender
	}
	for _, o := range f.Outlooks {
		r.Families = append(r.Families, outlookOf(o))
	}
	return r
}

func outlookOf(o move.Outlook) outlookReport {
	r := outlookReport{Family: o.Family, Verdict: o.Prediction, Notes: o.Notes}
	for _, failure := range o.Failing {
		r.Failing = append(r.Failing, failureReport{failure.Rule, failure.Remedy})
	}
	return r
}
