package dialect

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"sync"
	"time"

	"codeberg.org/godwit/godwit/internal/jsonitems"
	"codeberg.org/godwit/godwit/internal/scratch"
	"codeberg.org/godwit/godwit/vocab"
)

// An order yields elements oldest first, which exports of what a server gives its
// clients are not: those begin with the newest, and have what was added later at
// the end. Elements that stand in order are passed on; others are copied to a
// scratch file, of which 16 bytes for each are kept in memory. An element without
// a date stays with the one before it. More than mostOrdered stay as they stand.
type order struct {
	elements func(ctx context.Context) iter.Seq2[jsonitems.Element, error]
	date     func(e jsonitems.Element) time.Time
	scratch  string   // the folder; "" means os.TempDir
	account  *Account // is told if they are too many
	entry    string   // in which they are

	mu     sync.Mutex
	judged bool
	right  bool // they stand in order
}

// mostOrdered is how many elements are put in order, in 32 megabytes: twice what
// the largest accounts have.
const mostOrdered = 1 << 21

var errManyElements = errors.New("more elements than are put in order")

// dateOf reads the date that a member says, of an element that is a document.
func dateOf(v *View, member vocab.Property) func(jsonitems.Element) time.Time {
	quoted := `"` + string(member) + `"`
	return func(e jsonitems.Element) time.Time {
		if value, ok := peek(e.Data, quoted); ok {
			text, _ := plainString(value)
			if t, err := time.Parse(time.RFC3339, text); err == nil {
				return t
			}
		}
		o, err := v.Parse(e.Data)
		if err != nil {
			return time.Time{}
		}
		return moment(o, member)
	}
}

// peek finds the value of a member without parsing the document around it. What it
// says of a text that is no document means nothing.
func peek(data []byte, quotedName string) ([]byte, bool) {
	i := bytes.IndexByte(data, '{') + 1
	for i > 0 && i < len(data) {
		i = skipBlank(data, i)
		if i >= len(data) || data[i] != '"' {
			return nil, false
		}
		name := i
		i = skipQuoted(data, i)
		found := string(data[name:min(i, len(data))]) == quotedName
		i = skipBlank(data, i)
		if i >= len(data) || data[i] != ':' {
			return nil, false
		}
		from := skipBlank(data, i+1)
		i = skipMember(data, from)
		if found {
			return bytes.TrimRight(data[from:min(i, len(data))], " \t\r\n"), true
		}
		if i = skipBlank(data, i); i < len(data) && data[i] == ',' {
			i++
		}
	}
	return nil, false
}

func (o *order) each(ctx context.Context) iter.Seq2[jsonitems.Element, error] {
	return func(yield func(jsonitems.Element, error) bool) {
		right, err := o.isRight(ctx)
		if err != nil {
			yield(jsonitems.Element{}, err)
			return
		}
		if right {
			o.elements(ctx)(yield)
			return
		}
		switch err := o.sorted(ctx, yield); {
		case errors.Is(err, errManyElements):
			o.giveUp()
			o.elements(ctx)(yield)
		case err != nil:
			yield(jsonitems.Element{}, err)
		}
	}
}

// giveUp leaves the elements as they stand, from now on.
func (o *order) giveUp() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.right = true
	o.account.Note(Problem{Reason: NotInOrder, Where: o.entry, Detail: errManyElements.Error()})
}

// isRight looks once whether any element is older than one before it, and whether
// they are to stay as they stand all the same.
func (o *order) isRight(ctx context.Context) (bool, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.judged {
		return o.right, nil
	}
	var last time.Time
	right := true
	for e, err := range o.elements(ctx) {
		if err != nil {
			return false, err
		}
		at := o.date(e)
		if at.IsZero() {
			continue
		}
		if at.Before(last) {
			right = false
			break
		}
		last = at
	}
	o.judged, o.right = true, right
	return right, nil
}

// A place is where an element stands in the scratch file, and its date.
type place struct{ when, at int64 }

// sorted copies the elements and yields them by their dates. The error is not the
// caller's to see twice: after it, or after breaking out, nothing is yielded.
func (o *order) sorted(ctx context.Context, yield func(jsonitems.Element, error) bool) (err error) {
	file, err := scratch.NewUnnamed(o.scratch)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	places, err := o.copyTo(ctx, file)
	if err != nil {
		return err
	}
	byDate(places)
	for _, p := range places {
		e, err := readElement(file, p.at)
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if !yield(e, nil) {
			return nil
		}
	}
	return nil
}

// byDate sorts places. Of those with one date, the later in a list that begins
// with the newest is the older.
func byDate(places []place) {
	down := 0
	for i := 1; i < len(places); i++ {
		down += cmp.Compare(places[i-1].when, places[i].when)
	}
	if down > 0 {
		slices.Reverse(places)
	}
	slices.SortStableFunc(places, func(a, b place) int { return cmp.Compare(a.when, b.when) })
}

func (o *order) copyTo(ctx context.Context, file io.Writer) ([]place, error) {
	var places []place
	w := bufio.NewWriterSize(file, 256<<10)
	at, when := int64(0), int64(0)
	for e, err := range o.elements(ctx) {
		if err != nil {
			return nil, err
		}
		if t := o.date(e); !t.IsZero() {
			when = t.UnixMilli()
		}
		if len(places) == mostOrdered {
			return nil, errManyElements
		}
		places = append(places, place{when, at})
		n, err := writeElement(w, e)
		if err != nil {
			return nil, err
		}
		at += n
	}
	return places, w.Flush()
}

// elementHead is offset, length of the fault and length of the data.
const elementHead = 8 + 1 + 4

func writeElement(w io.Writer, e jsonitems.Element) (int64, error) {
	head := binary.BigEndian.AppendUint64(nil, uint64(e.Offset))
	head = append(head, byte(len(e.Fault)))
	head = binary.BigEndian.AppendUint32(head, uint32(len(e.Data)))
	head = append(append(head, e.Fault...), e.Data...)
	n, err := w.Write(head)
	return int64(n), err
}

func readElement(r io.ReaderAt, at int64) (jsonitems.Element, error) {
	var head [elementHead]byte
	if _, err := r.ReadAt(head[:], at); err != nil {
		return jsonitems.Element{}, fmt.Errorf("read scratch file: %w", err)
	}
	fault := int(head[8])
	rest := make([]byte, fault+int(binary.BigEndian.Uint32(head[9:])))
	if _, err := r.ReadAt(rest, at+elementHead); err != nil && len(rest) > 0 {
		return jsonitems.Element{}, fmt.Errorf("read scratch file: %w", err)
	}
	e := jsonitems.Element{Offset: int64(binary.BigEndian.Uint64(head[:])), Fault: jsonitems.Fault(rest[:fault])}
	if len(rest) > fault {
		e.Data = rest[fault:]
	}
	return e, nil
}
