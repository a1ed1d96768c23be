package backup

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// reasonsIn reads the words of the first group of constants in a file, from the
// source: a reason that is added without a hint must not pass.
func reasonsIn(t *testing.T, file string, groups int) []Reason {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	require.NoError(t, err)
	var reasons []Reason
	for _, decl := range parsed.Decls {
		group, ok := decl.(*ast.GenDecl)
		if !ok || group.Tok != token.CONST || groups == 0 {
			continue
		}
		groups--
		for _, spec := range group.Specs {
			for _, value := range spec.(*ast.ValueSpec).Values {
				word, err := strconv.Unquote(value.(*ast.BasicLit).Value)
				require.NoError(t, err, file)
				reasons = append(reasons, Reason(word))
			}
		}
	}
	require.NotEmpty(t, reasons, "%s has reasons", file)
	return reasons
}

func TestEveryRefusalHasAHint(t *testing.T) {
	reasons := reasonsIn(t, "../internal/container/error.go", 2)
	reasons = append(reasons, reasonsIn(t, "../internal/dialect/reason.go", 1)...)
	reasons = append(reasons, "many-accounts", "no-header",
		SealInvalid, SealTooDear, SealTooMany, SealTooLarge, SealDamaged, SecretUnclear, SecretStranger)
	for _, r := range reasons {
		assert.NotEmpty(t, hint(r), "%s: what can a person do about it?", r)
	}
	assert.Empty(t, hint("bytes-before"), "what refuses nothing needs none")
}
