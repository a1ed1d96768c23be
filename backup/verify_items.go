package backup

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"strings"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/internal/scratch"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// items reads all items, tells what is wrong with each, and holds them against
// each other.
func (v *verifier) items(ctx context.Context) error {
	dir, err := scratch.New(v.options.Read.Scratch)
	if err != nil {
		return err
	}
	defer dir.Close()
	v.names = dir.Sorter()
	defer v.names.Close()
	for _, k := range portability.Kinds() {
		if err := v.kind(ctx, k); err != nil {
			return err
		}
	}
	if err := v.files(); err != nil {
		return err
	}
	return v.judgeNames(ctx)
}

func (v *verifier) kind(ctx context.Context, k portability.Kind) error {
	c := &KindCount{Kind: k}
	for item, err := range v.reader.Items(ctx, k, "") {
		var refusal *Refusal
		if errors.As(err, &refusal) {
			v.verdict.find(CheckReadable, string(refusal.Reason), Damage, refusal.Where)
			break
		}
		if err != nil {
			return err
		}
		c.add(item, v.reader.Owner())
		v.verdict.Items++
		v.problems(item)
		if err := v.name(item); err != nil {
			return err
		}
	}
	v.kinds = append(v.kinds, c)
	return nil
}

// problems makes findings of what is wrong with an item.
func (v *verifier) problems(item portability.Item) {
	for _, p := range item.Problems {
		check, severity := CheckItem, Remark
		switch p.Reason {
		case portability.MissingMedia, portability.BadMedia:
			check, severity = CheckMedia, Loss
		case portability.NoAudience:
			check = CheckAudience
		}
		if p.Fatal {
			severity = Loss
		}
		v.verdict.find(check, string(p.Reason), severity, item.ID)
	}
}

// A record of a name is its space, a NUL, the name, a NUL, its role and what goes
// with that. Sorted, all that is said of one name stands together.
const (
	spaceItem = "i" // a kind, a colon and an id
	spacePost = "p" // content that is named
	spaceFile = "f" // an entry of the archive that is a file of the account's

	roleHave = 'a' // it is there; of items with a digest of what they are
	roleUsed = 'b' // something names it; which
)

func (v *verifier) note(space, name string, role byte, rest []byte) error {
	var record bytes.Buffer
	record.WriteString(space + "\x00" + strings.ReplaceAll(name, "\x00", "") + "\x00")
	record.WriteByte(role)
	record.Write(rest)
	return v.names.Add(record.Bytes())
}

// name notes what an item is called and what it names.
func (v *verifier) name(item portability.Item) error {
	sum := sumOf(item)
	errs := []error{v.note(spaceItem, string(item.Kind)+":"+item.ID, roleHave, sum[:])}
	if item.Kind == portability.Content {
		errs = append(errs, v.note(spacePost, item.ID, roleHave, nil))
	}
	if post := v.ownPost(item); post != "" {
		errs = append(errs, v.note(spacePost, post, roleUsed, []byte(item.ID)))
	}
	for _, m := range item.Media {
		if m.Path != "" && item.Kind != portability.Media {
			errs = append(errs, v.note(spaceFile, m.Path, roleUsed, []byte(item.ID)))
		}
	}
	return errors.Join(errs...)
}

// ownPost returns the content that an item cannot do without, if that is surely the
// account's own: what was edited or pinned, and what is answered where its id lies
// below the actor's.
func (v *verifier) ownPost(item portability.Item) string {
	switch item.Kind {
	case portability.History:
		post, _, _ := strings.Cut(item.ID, "#")
		return post
	case portability.Featured:
		return item.ID
	case portability.Content:
		if item.Object == nil {
			return ""
		}
		parent := string(item.Object.IRI(vocab.InReplyTo))
		if me := string(v.verdict.Actor); me != "" && strings.HasPrefix(parent, me+"/") {
			return parent
		}
	}
	return ""
}

// sumOf is of what an item says: documents are compared in their canonical form.
func sumOf(item portability.Item) [sha256.Size]byte {
	if item.Object == nil {
		return sha256.Sum256(item.Raw)
	}
	if data, err := actor.Canonical(item.Object.Bytes()); err == nil {
		return sha256.Sum256(data)
	}
	return sha256.Sum256(item.Object.Bytes())
}

// files notes the files that the archive has.
func (v *verifier) files() error {
	if !v.reader.own() {
		return nil
	}
	for e := range v.reader.Entries() {
		if strings.HasPrefix(e.Name, attachments) {
			if err := v.note(spaceFile, e.Name, roleHave, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// judgeNames reads the records in their order, name by name.
func (v *verifier) judgeNames(ctx context.Context) error {
	var group nameGroup
	for record, err := range v.names.All() {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		parts := bytes.SplitN(record, []byte{0}, 3)
		space, name, rest := string(parts[0]), string(parts[1]), parts[2]
		if space != group.space || name != group.name {
			group.judge(v.verdict, v.reader.own())
			group = nameGroup{space: space, name: name}
		}
		group.add(rest)
	}
	group.judge(v.verdict, v.reader.own())
	return nil
}

// A nameGroup is all that is said of one name.
type nameGroup struct {
	space, name string
	have, used  int
	first       string // digest
	differs     bool
	user        string
}

func (g *nameGroup) add(rest []byte) {
	role, what := rest[0], string(rest[1:])
	switch {
	case role == roleUsed:
		g.used++
		g.user = what
		return
	case g.have == 0:
		g.first = what
	case g.first != what:
		g.differs = true
	}
	g.have++
}

func (g *nameGroup) judge(v *Verdict, own bool) {
	_, id, _ := strings.Cut(g.name, ":")
	switch {
	case g.space == spaceItem && g.differs:
		v.find(CheckDuplicate, string(portability.DuplicateID), Loss, id)
	case g.space == spaceItem && g.have > 1:
		v.find(CheckDuplicate, string(portability.Repeated), Remark, id)
	case g.space == spacePost && g.used > 0 && g.have == 0:
		v.find(CheckReference, string(portability.MissingParent), Remark, g.name)
	case g.space == spaceFile && own && g.used == 0:
		v.find(CheckMedia, "unused", Remark, g.name)
	}
}
