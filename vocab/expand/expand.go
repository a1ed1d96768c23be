// Package expand reads documents whose JSON-LD context gives names another
// meaning than godwit takes them to have.
//
// [vocab.Object.ContextKind] tells which documents need it; those are few.
// [Normalize] returns a copy in which everything that godwit reads stands
// under its usual name. The copy is for reading: the document of record, its
// signatures and proofs stay with the original.
//
// Contexts are processed by github.com/piprate/json-gold, which is given no
// network, no files, no numbers and no documents, only contexts. Those that
// are named by URL come from tables; unknown ones count as empty. The package
// neither frames nor canonicalizes.
package expand

import (
	"errors"
	"fmt"

	"codeberg.org/godwit/godwit/vocab"
)

// Why a document is not normalized.
var (
	ErrTooLarge    = errors.New("document too large for JSON-LD")
	ErrTooDeep     = errors.New("document nested too deep for JSON-LD")
	ErrTooMany     = errors.New("document has too many contexts, definitions or objects for JSON-LD")
	ErrContext     = errors.New("the context is not valid JSON-LD")
	ErrInnerFault  = errors.New("the JSON-LD processor failed")
	ErrAmbiguous   = errors.New("two members of the document have one meaning and cannot be joined")
	errNotAContext = errors.New("a context that is neither a URL, an object, an array nor null")
)

// Limits of what is given to the processor, which cannot be interrupted.
const (
	maxBytes       = 1 << 20
	maxDepth       = 32
	maxContext     = 32 << 10 // bytes of contexts in the document itself
	maxIRI         = 2 << 10  // bytes of what a term, or any name without definition, stands for
	maxGrowth      = 1 << 20  // bytes that all names and IRIs may gain together
	maxContexts    = 8        // members named "@context"
	maxEntries     = 24       // contexts in them, those that others build on included
	maxDefinitions = 2_000    // terms that the document itself defines
	maxScopes      = 512      // times that a context takes effect, those of members and types included
	maxProcessed   = 20_000   // terms in all of those together
	maxObjects     = 100_000  // objects, each a blank node if it has no id
)

// A Result is a document in usual names.
type Result struct {
	Object  *vocab.Object
	Unknown []string // URLs of contexts that are not known, each once
}

// Normalize returns a copy of o in which every property and type that package
// vocab knows stands under its compact name, whatever the context calls it.
// Members that mean something else than their name says get the full IRI that
// they mean as a name. Everything else stays as it is, numbers digit by digit.
// If nothing needs another name, o itself is returned.
func Normalize(o *vocab.Object) (*vocab.Object, error) {
	result, err := Expand(o)
	if err != nil {
		return nil, err
	}
	return result.Object, nil
}

// Expand is [Normalize] and also tells which contexts were unknown, and so
// were taken to be empty. The error wraps one of those above.
func Expand(o *vocab.Object) (result Result, err error) {
	if err := checkSize(o); err != nil {
		return Result{}, fmt.Errorf("normalize document: %w", err)
	}
	// What a peer wrote must not end the process, whatever the processor
	// makes of it.
	defer func() {
		if fault := recover(); fault != nil {
			result, err = Result{}, fmt.Errorf("normalize document: %w", ErrInnerFault)
		}
	}()
	r := newReader()
	changed, err := r.document(o)
	if err != nil {
		return Result{}, fmt.Errorf("normalize document: %w", err)
	}
	return Result{Object: changed, Unknown: r.loader.unknown}, nil
}
