package backup

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"strings"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// mostFile is the largest file that is written: readers refuse larger ones.
const mostFile = 8 << 30

// PutMedia implements [portability.MediaSink]. It returns where the file stands in
// the archive. One call at a time writes; the others wait.
func (w *Writer) PutMedia(ctx context.Context, m portability.Medium, r io.Reader) (vocab.IRI, error) {
	w.files.Lock()
	defer w.files.Unlock()
	in, err := w.takeFile(ctx, m, r)
	if err != nil {
		return "", fmt.Errorf("put file: %w", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.keepFile(ctx, m, in); err != nil {
		return "", fmt.Errorf("put file: %w", err)
	}
	return vocab.IRI(attachmentPath(in.digestText(), in.mediaType)), nil
}

// incoming is a file that was written behind the end of the files, where it does
// not count yet.
type incoming struct {
	digest    [sha256.Size]byte
	size, at  int64
	mediaType string
	files     *spool
}

func (in incoming) digestText() string { return hexOf(in.digest[:]) }

func hexOf(data []byte) string { return hex.EncodeToString(data) }

func (w *Writer) takeFile(ctx context.Context, m portability.Medium, r io.Reader) (incoming, error) {
	w.mu.Lock()
	err := errors.Join(ctx.Err(), w.usable(), w.loadBase(ctx))
	var files *spool
	if err == nil {
		files, err = w.spool(filesSpool)
	}
	w.mu.Unlock()
	if err != nil {
		return incoming{}, err
	}
	f := filling{to: files.file, from: files.end, hash: sha256.New()}
	if w.fillBuf == nil {
		w.fillBuf = make([]byte, fillLength)
	}
	if err := f.fill(ctx, r, w.fillBuf); err != nil {
		return incoming{}, err
	}
	in := incoming{digest: [sha256.Size]byte(f.hash.Sum(nil)), size: f.n, at: files.end, mediaType: sniff(f.head), files: files}
	switch {
	case m.Digest != "" && !strings.EqualFold(m.Digest, in.digestText()):
		return in, fmt.Errorf("%w: another digest", portability.ErrBadMedium)
	case m.Size >= 0 && m.Size != in.size:
		return in, fmt.Errorf("%w: another size", portability.ErrBadMedium)
	}
	return in, nil
}

// filling copies a file to a place behind the end.
type filling struct {
	to   *diskFile
	from int64
	n    int64
	hash hash.Hash
	head []byte
}

const fillLength = 128 << 10

func (f *filling) fill(ctx context.Context, r io.Reader, buf []byte) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := r.Read(buf)
		if werr := f.take(buf[:n]); werr != nil {
			return werr
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (f *filling) take(p []byte) error {
	if len(p) == 0 {
		return nil
	}
	if f.n+int64(len(p)) > mostFile {
		return fmt.Errorf("%w: its size", portability.ErrNoPlace)
	}
	if _, err := f.to.WriteAt(p, f.from+f.n); err != nil {
		return err
	}
	f.hash.Write(p)
	f.n += int64(len(p))
	if room := sniffLength - len(f.head); room > 0 {
		f.head = append(f.head, p[:min(room, len(p))]...)
	}
	return nil
}

// keepFile lets a file count that is new, and notes what is said of it.
func (w *Writer) keepFile(ctx context.Context, m portability.Medium, in incoming) error {
	if err := errors.Join(ctx.Err(), w.usable()); err != nil {
		return err
	}
	inBase, err := w.base.hasFile(in.digestText(), place(m))
	if err != nil {
		return err
	}
	_, there, err := w.known.look(keyOfFile(in.digestText()))
	if err != nil {
		return err
	}
	var text []byte
	add := func(class byte, said []byte) {
		text = appendFact(text, fact{digest: in.digest, class: class, text: said})
	}
	name := keyOfPlace(m)
	if !inBase {
		if !there {
			add(factFile, fileFact(in))
		}
		if at := place(m); at != "" {
			add(factURL, []byte(at))
		}
		if m.Type != "" && !sameMediaType(m.Type, in.mediaType) {
			add(factClaim, []byte(m.Type))
		}
	}
	facts, err := w.spool(factsSpool)
	if err != nil {
		return err
	}
	if _, err := facts.append(text); err != nil {
		return err
	}
	if !inBase && !there {
		in.files.end += in.size
		in.files.dirty = true
		w.unsaved += in.size
	}
	w.Assembling = false
	return w.knowFile(name, in, inBase)
}

// knowFile puts a file and its place into the table. What cannot be taken out again
// of that breaks the writer.
func (w *Writer) knowFile(name tableKey, in incoming, inBase bool) error {
	err := w.known.putDigest(name, in.digest)
	switch {
	case err != nil:
	case inBase:
		err = w.known.put(keyOfSame(in.digestText()), value{})
	default:
		err = w.known.put(keyOfFile(in.digestText()), value{})
	}
	if err != nil {
		w.broken = err
	}
	return err
}

// place is where a file stood, as the items that use it say.
func place(m portability.Medium) string {
	if m.URL != "" {
		return string(m.URL)
	}
	return m.Path
}

// Classes of facts, in the order in which they stand in a line of media.jsonl.
const (
	factFile  byte = '1' // where it is in the spool, how large, and what it is
	factClaim byte = '2' // a media type that the source says, and that it is not
	factURL   byte = '3' // where it stood
	factItem  byte = '4' // what the source's own media item says
	factUse   byte = '5' // who uses it
)

// A fact is one thing that is known of a file.
type fact struct {
	digest [sha256.Size]byte
	class  byte
	text   []byte
}

func appendFact(to []byte, f fact) []byte {
	to = binary.BigEndian.AppendUint32(to, uint32(len(f.text)))
	to = append(append(to, f.digest[:]...), f.class)
	return append(to, f.text...)
}

const factHead = 4 + sha256.Size + 1

// facts yields what is known of all files, in the order in which it came.
func (w *Writer) facts() iter.Seq2[fact, error] {
	return func(yield func(fact, error) bool) {
		s, err := w.spool(factsSpool)
		if err != nil {
			yield(fact{}, err)
			return
		}
		r := s.reader()
		for {
			var head [factHead]byte
			if _, err := io.ReadFull(r, head[:]); err == io.EOF {
				return
			} else if err != nil {
				yield(fact{}, err)
				return
			}
			f := fact{digest: [sha256.Size]byte(head[4:]), class: head[factHead-1]}
			f.text = make([]byte, binary.BigEndian.Uint32(head[:]))
			if _, err := io.ReadFull(r, f.text); err != nil {
				yield(fact{}, err)
				return
			}
			if !yield(f, nil) {
				return
			}
		}
	}
}

func fileFact(in incoming) []byte {
	text := binary.BigEndian.AppendUint64(nil, uint64(in.at))
	text = binary.BigEndian.AppendUint64(text, uint64(in.size))
	return append(text, in.mediaType...)
}

// uses notes which files an item uses, and says what is wrong with the first that
// is not there.
func (b *batch) uses(item portability.Item) (portability.Reason, error) {
	var missing portability.Reason
	attachments := attachmentPlaces(item)
	media := item.Media
	if digest, isFile := fileOf(item.Ref); isFile && len(media) == 0 {
		media = []portability.Medium{{Digest: digest}}
	}
	for i, m := range media {
		digest, there, err := b.digestOf(m)
		if err != nil {
			return "", err
		}
		if !there {
			missing = wrongWith(item)
			b.counts["media missing"]++
			continue
		}
		if item.Kind != portability.Media {
			b.fact(digest, factUse, []byte(item.ID))
		}
		if len(attachments) == len(item.Media) {
			for _, at := range attachments[i] {
				b.fact(digest, factURL, []byte(at))
			}
		}
	}
	return missing, nil
}

func (b *batch) fact(digest [sha256.Size]byte, class byte, text []byte) {
	b.texts[factsSpool] = appendFact(b.texts[factsSpool], fact{digest: digest, class: class, text: text})
}

// digestOf finds the file that was put for a medium.
func (b *batch) digestOf(m portability.Medium) ([sha256.Size]byte, bool, error) {
	var digest [sha256.Size]byte
	text := strings.ToLower(m.Digest)
	_, there, err := b.look(keyOfFile(text))
	if err == nil && !there {
		text, there, err = b.w.known.digestAt(keyOfPlace(m))
	}
	if err != nil || !there {
		return digest, false, err
	}
	raw, err := hex.DecodeString(text)
	copy(digest[:], raw)
	return digest, len(raw) == sha256.Size, err
}

// wrongWith says why a file of the item is not there.
func wrongWith(item portability.Item) portability.Reason {
	for _, p := range item.Problems {
		if p.Reason == portability.BadMedia || p.Reason == portability.NoPlace {
			return p.Reason
		}
	}
	return portability.MissingMedia
}

// attachmentPlaces are the places that each attachment of a document names.
func attachmentPlaces(item portability.Item) [][]string {
	if item.Object == nil {
		return nil
	}
	var all [][]string
	for _, a := range item.Object.Children(vocab.Attachment) {
		var places []string
		for _, p := range []vocab.Property{vocab.URL, vocab.Href} {
			for _, at := range a.IRIs(p) {
				places = append(places, string(at))
			}
		}
		all = append(all, places)
	}
	return all
}

// placeMedium gives the place of an item of kind Media: among the facts of its file.
func (b *batch) placeMedium(item portability.Item) (string, []byte, error) {
	digest, ok := strings.CutPrefix(item.ID, "sha256:")
	if !ok || !isDigest(digest) {
		if item.Object == nil && len(item.Raw) == 0 {
			return "", nil, nil
		}
		return string(portability.Unknown), unknownLine(item), nil
	}
	if item.Object == nil && len(item.Raw) > 0 {
		return string(portability.Unknown), unknownLine(item), nil
	}
	raw, err := hex.DecodeString(digest)
	if err != nil {
		return "", nil, err
	}
	var said []byte
	if item.Object != nil {
		said = item.Object.Value().Raw()
	}
	return factsSpool, appendFact(nil, fact{digest: [sha256.Size]byte(raw), class: factItem, text: said}), nil
}
