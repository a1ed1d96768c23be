package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// printForecast prints the table, and what stands around it.
func (c *call) printForecast(f *move.Forecast) {
	fmt.Fprintf(c.stdout, "old  %s\nnew  %s\n\n", printable(string(f.Old)), printable(string(f.New)))
	table := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprint(table, "FAMILY\tVERDICT\tRULE\tREMEDY\n")
	for _, o := range f.Outlooks {
		printOutlook(table, o)
	}
	table.Flush()
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

// printOutlook prints a row for each failing rule.
func printOutlook(w io.Writer, o move.Outlook) {
	if len(o.Failing) == 0 {
		fmt.Fprintf(w, "%s\t%s\n", o.Family, o.Prediction)
		return
	}
	for i, failure := range o.Failing {
		family, prediction := o.Family, string(o.Prediction)
		if i > 0 {
			family, prediction = "", ""
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", family, prediction, failure.Rule, printable(failure.Remedy))
	}
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
		Old      vocab.IRI       `json:"old"`
		New      vocab.IRI       `json:"new"`
		Refusal  move.Reason     `json:"refusal,omitempty"`
		Sender   *outlookReport  `json:"sender,omitempty"`
		Families []outlookReport `json:"families"`
		Assumed  []string        `json:"assumed"`
		Unseen   []string        `json:"unseen"`
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

func reportOf(f *move.Forecast) forecastReport {
	r := forecastReport{Old: f.Old, New: f.New, Assumed: f.Assumed, Unseen: f.Unseen}
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
