package main

import (
	"fmt"
	"io"
	"os"
	"sync"

	"golang.org/x/term"

	"codeberg.org/godwit/godwit/portability"
)

// progress shows how far the job is: one line that is written over on a
// terminal, a line for every change otherwise. With -json it goes to standard
// error, so that standard output is the results alone.
type progress struct {
	mu       sync.Mutex
	to       io.Writer
	terminal bool
	last     string
	open     bool // a line stands unfinished on the terminal
}

func newProgress(stdout, stderr io.Writer, json bool) *progress {
	p := &progress{to: stdout}
	if json {
		p.to = stderr
	}
	f, ok := p.to.(*os.File)
	p.terminal = ok && term.IsTerminal(int(f.Fd()))
	return p
}

func (p *progress) accounts(n, of int) {
	if n%10 == 0 || n == of {
		p.show("accounts made: %d of %d", n, of)
	}
}

func (p *progress) followers(n, of int) { p.show("followers of the old account: %d of %d", n, of) }

func (p *progress) moves(c counts) {
	p.show("moved %d, waiting for an answer %d, kept and told why %d", c.moved, c.waiting, c.told)
}

// copied tells of a step of the copy.
func (p *progress) copied(e portability.Event) {
	if !p.terminal && e.Done != e.Total {
		return // only what is done is worth a line
	}
	if e.Total < 0 {
		p.show("copying, %s: %s %d", e.Stage, e.Kind, e.Done)
		return
	}
	p.show("copying, %s: %s %d of %d", e.Stage, e.Kind, e.Done, e.Total)
}

// show replaces the current line.
func (p *progress) show(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	line := fmt.Sprintf(format, args...)
	if line == p.last {
		return
	}
	p.last = line
	if p.terminal {
		fmt.Fprintf(p.to, "\r\x1b[K%s", line)
		p.open = true
		return
	}
	fmt.Fprintln(p.to, line)
}

// say adds a line that stays.
func (p *progress) say(format string, args ...any) {
	p.end()
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.to, format+"\n", args...)
}

// end finishes the current line.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open {
		fmt.Fprintln(p.to)
		p.open = false
	}
	p.last = ""
}
