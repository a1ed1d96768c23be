package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// A meter shows how far a long job is, on standard error: a bar with rate and time
// left on a terminal; else a line every ten seconds, so that a log stays short and a
// short job says nothing.
type meter struct {
	to    io.Writer
	bars  *mpb.Progress // nil if not on a terminal
	bar   *mpb.Bar
	what  string
	bytes bool
	total int64
	began time.Time
	said  time.Time
}

const lineEvery = 10 * time.Second

// meter begins to show a job. Nothing is shown with -json or before set is called.
func (c *call) meter() *meter {
	m := &meter{to: c.stderr}
	if c.json {
		m.to = io.Discard
	}
	if f, ok := m.to.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		m.bars = mpb.New(mpb.WithOutput(f), mpb.WithWidth(40), mpb.WithRefreshRate(150*time.Millisecond))
	}
	return m
}

// items shows that n items of a kind are done, out of total if that is not 0.
func (m *meter) items(what string, n, total int64) { m.set(what, n, total, false) }

// size shows that n bytes are done.
func (m *meter) size(what string, n, total int64) { m.set(what, n, total, true) }

func (m *meter) set(what string, n, total int64, bytes bool) {
	if what != m.what {
		m.end()
		now := time.Now()
		m.what, m.total, m.bytes, m.began, m.said = what, total, bytes, now, now
		m.begin()
	}
	if m.bar != nil {
		m.bar.SetCurrent(n)
		return
	}
	if now := time.Now(); now.Sub(m.said) >= lineEvery {
		m.said = now
		m.line(n, now)
	}
}

// busy shows that something takes its time of which it is not known how far it is.
func (m *meter) busy(what string) {
	m.end()
	if m.bars == nil {
		return
	}
	m.what = what
	m.bar = m.bars.New(0, mpb.SpinnerStyle(),
		mpb.PrependDecorators(decor.Name(what+" ", decor.WC{C: decor.DindentRight})),
		mpb.AppendDecorators(decor.Elapsed(decor.ET_STYLE_GO)),
		mpb.BarRemoveOnComplete(),
	)
}

func (m *meter) begin() {
	if m.bars == nil {
		return
	}
	counters, speed := decor.CountersNoUnit("%d / %d"), decor.AverageSpeed(0, "%.0f/s")
	if m.bytes {
		counters, speed = decor.CountersKibiByte("% .1f / % .1f"), decor.AverageSpeed(decor.SizeB1024(0), "% .1f")
	}
	style, behind := mpb.BarFillerBuilder(mpb.BarStyle()), []decor.Decorator{speed, decor.Name("  "), decor.AverageETA(decor.ET_STYLE_GO)}
	if m.total <= 0 { // then nothing can be said of what is left
		style, counters, behind = mpb.SpinnerStyle(), decor.CurrentNoUnit("%d "), behind[:1]
	}
	m.bar = m.bars.New(max(m.total, 0), style,
		mpb.PrependDecorators(decor.Name(m.what, decor.WC{W: 18, C: decor.DindentRight}), counters),
		mpb.AppendDecorators(behind...),
		mpb.BarRemoveOnComplete(),
	)
}

func (m *meter) line(n int64, now time.Time) {
	perSecond := float64(n) / now.Sub(m.began).Seconds()
	show := func(n int64) string { return fmt.Sprint(n) }
	if m.bytes {
		show = byteSize
	}
	text := fmt.Sprintf("%s: %s", m.what, show(n))
	if m.total > 0 {
		text += " of " + show(m.total)
	}
	text += fmt.Sprintf(", %s a second", show(int64(perSecond)))
	if m.total > n && perSecond > 0 {
		left := time.Duration(float64(m.total-n) / perSecond * float64(time.Second))
		text += fmt.Sprintf(", %s left", left.Round(time.Second))
	}
	fmt.Fprintln(m.to, text)
}

// end finishes the bar that is shown. It is to be called before anything else is
// printed to a terminal.
func (m *meter) end() {
	if m.bar != nil {
		m.bar.SetTotal(-1, true)
		m.bar.Wait()
		m.bar = nil
	}
	m.what = ""
}

// close takes the bars off the terminal.
func (m *meter) close() {
	m.end()
	if m.bars != nil {
		m.bars.Wait()
	}
}

// byteSize writes a number of bytes for people.
func byteSize(n int64) string {
	const unit = 1024
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	value, i := float64(n)/unit, 0
	for value >= unit && i < 3 {
		value, i = value/unit, i+1
	}
	return fmt.Sprintf("%.1f %ciB", value, "KMGT"[i])
}
