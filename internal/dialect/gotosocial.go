package dialect

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/internal/jsonitems"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// ManyAccounts refuses an export of a server with many accounts where none was
// chosen, or one that is not there: see [Options].Handle.
const ManyAccounts Reason = "many-accounts"

var (
	errChoose     = errors.New("name the account whose data are wanted")
	errNotLocal   = errors.New("no account of this name has its home there")
	errManyRecord = errors.New("more relations than one account may have here")
)

// gotosocial reads what "gotosocial admin export" writes: a record on each line, of
// all accounts of the server, private keys in clear among them. It is read as one
// account: the only one there is, or the one that [Options].Handle names. Posts and
// files are not in it. The lists that GoToSocial gives its users are read as
// [csvLists].
func gotosocial() Dialect {
	return Dialect{Name: "gotosocial", Match: matchGoToSocial, Read: readGoToSocial}
}

// recordTypes are what a line may be.
var recordTypes = []string{"account", "block", "domainBlock", "emailDomainBlock", "follow", "followRequest", "instance", "user"}

func matchGoToSocial(ctx context.Context, v *View) (bool, error) {
	name, err := recordsOf(ctx, v)
	return name != "", err
}

// recordsOf finds the entry with the records.
func recordsOf(ctx context.Context, v *View) (string, error) {
	for _, name := range recordCandidates(v) {
		head, err := v.Head(ctx, name)
		if err != nil {
			return "", err
		}
		line, _, _ := bytes.Cut(head, []byte("\n"))
		first, err := v.Parse(bytes.TrimSpace(line))
		if err != nil || !slices.Contains(recordTypes, first.Text("type")) || !first.Has("createdAt") || first.Text("id") == "" {
			continue
		}
		return name, nil
	}
	return "", nil
}

// recordCandidates are the first entries that may hold records.
func recordCandidates(v *View) []string {
	if lone := v.Lone(); lone != "" {
		return []string{lone}
	}
	all := slices.Concat(v.Glob("*.json"), v.Glob("*.jsonl"), v.Glob("*.ndjson"))
	return all[:min(len(all), mostCandidates)]
}

// serverExport is an export while it is read for one account.
type serverExport struct {
	view    *View
	account *Account
	entry   string
	home    *vocab.Object // the record of the account
	number  string        // its id in the database
	persons map[string]vocab.IRI
}

func readGoToSocial(ctx context.Context, v *View) (*Account, error) {
	entry, err := recordsOf(ctx, v)
	if err != nil {
		return nil, err
	}
	s := &serverExport{view: v, account: &Account{}, entry: entry, persons: map[string]vocab.IRI{}}
	if err := s.choose(ctx); err != nil {
		return nil, err
	}
	if err := s.acquaint(ctx); err != nil {
		return nil, err
	}
	if s.account.Doc, err = s.actor(); err != nil {
		return nil, fmt.Errorf("read %q: %w", entry, err)
	}
	s.parts()
	return s.account, nil
}

// records yields the records that can be read. What is wrong with a line is noted.
func (s *serverExport) records(ctx context.Context) iter.Seq2[*vocab.Object, error] {
	return func(yield func(*vocab.Object, error) bool) {
		for e, err := range s.view.Lines(ctx, s.entry, nil) {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(nil, err)
				return
			}
			record, err := s.view.Parse(e.Data)
			if err != nil {
				s.bad(e)
				continue
			}
			if !yield(record, nil) {
				return
			}
		}
	}
}

func (s *serverExport) bad(e jsonitems.Element) {
	p := Problem{Reason: RowUnusable, Where: s.entry, Detail: fmt.Sprintf("line %d", e.Line)}
	if e.Data == nil && isAbout(e) {
		p = Problem{Reason: TextFault, Where: s.entry, Detail: string(e.Fault)}
	}
	s.account.Note(p)
}

// choose finds the account.
func (s *serverExport) choose(ctx context.Context) error {
	wanted, _, _ := strings.Cut(strings.TrimPrefix(s.view.Handle, "@"), "@")
	locals := 0
	for record, err := range s.records(ctx) {
		switch {
		case err != nil:
			return err
		case !isLocalPerson(record):
			continue
		}
		locals++
		if name := record.Text("username"); wanted == "" && locals == 1 || wanted != "" && strings.EqualFold(name, wanted) {
			s.home, s.number = record, record.Text("id")
		}
	}
	refusal := &Refusal{Dialect: "gotosocial", Reason: ManyAccounts, Where: s.entry}
	switch {
	case locals > 1 && wanted == "":
		refusal.Err = fmt.Errorf("%d accounts: %w", locals, errChoose)
		return refusal
	case s.home == nil:
		refusal.Err = errNotLocal
		return refusal
	}
	return nil
}

// isLocalPerson tells a user's account from the server's own, which is called as
// its host is.
func isLocalPerson(record *vocab.Object) bool {
	if record.Text("type") != "account" || record.Text("domain") != "" {
		return false
	}
	id := vocab.IRI(record.Text("uri"))
	name := record.Text("username")
	return id.IsHTTP() && record.Text("id") != "" && name != "" && !strings.EqualFold(name, id.Host())
}

const mostRelations = 200_000

// acquaint learns the ids of the actors that the account has to do with: their
// records may stand behind those of the relations.
func (s *serverExport) acquaint(ctx context.Context) error {
	for record, err := range s.records(ctx) {
		if err != nil {
			return err
		}
		if _, other, ok := s.relation(record); ok {
			s.persons[other] = ""
		}
		if len(s.persons) > mostRelations {
			return &Refusal{Dialect: "gotosocial", Reason: EntryTooLarge, Where: s.entry, Err: errManyRecord}
		}
	}
	foreign := 0
	for record, err := range s.records(ctx) {
		if err != nil {
			return err
		}
		id := record.Text("id")
		if _, known := s.persons[id]; known && record.Text("type") == "account" {
			s.persons[id] = vocab.IRI(record.Text("uri"))
		} else if !s.own(record) {
			foreign++
		}
		s.secret(record)
	}
	if foreign > 0 {
		s.account.Note(Problem{Reason: ForeignRecord, Where: s.entry, Detail: fmt.Sprintf("%d records are of others or of the server", foreign)})
	}
	return nil
}

// own reports whether a record is told by an item of the account.
func (s *serverExport) own(record *vocab.Object) bool {
	_, _, related := s.relation(record)
	return related || record.Text("id") == s.number || record.Text("type") == "user" && record.Text("accountID") == s.number
}

// secret says that a record holds what nobody else may have.
func (s *serverExport) secret(record *vocab.Object) {
	for _, name := range recordSecrets {
		if record.Text(name) != "" {
			s.account.Note(Problem{Reason: SecretInside, Where: s.entry, Detail: string(name) + " of an account"})
		}
	}
}

// recordSecrets are members that are never passed on.
var recordSecrets = []vocab.Property{"privateKey", "encryptedPassword", "confirmationToken", "resetPasswordToken", "externalId"}

func withoutRecordSecrets(record *vocab.Object) (*vocab.Object, bool, error) {
	withheld := false
	for _, name := range recordSecrets {
		if !record.Has(name) {
			continue
		}
		shorter, err := record.Without(name)
		if err != nil {
			return nil, false, err
		}
		record, withheld = shorter, true
	}
	return record, withheld, nil
}

// relation tells what a record means to the account, and to whom.
func (s *serverExport) relation(record *vocab.Object) (k portability.Kind, other string, ok bool) {
	from, to := record.Text("accountId"), record.Text("targetAccountId")
	switch typ := record.Text("type"); {
	case from == "" || to == "" || from == to:
	case typ == "follow" && from == s.number:
		return portability.Following, to, true
	case typ == "follow" && to == s.number:
		return portability.Followers, from, true
	case typ == "followRequest" && from == s.number:
		return portability.Pending, to, true
	case typ == "followRequest" && to == s.number:
		return portability.Pending, from, true
	case typ == "block" && from == s.number:
		return portability.Blocked, to, true
	}
	return "", "", false
}
