package pgtest_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/pgtest"
)

func TestEachTestHasTablesOfItsOwn(t *testing.T) {
	count := func(t *testing.T) (n int) {
		db := pgtest.Open(t)
		require.NoError(t, db.QueryRow("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'godwit_%' AND nspname = current_schema()").Scan(&n))
		return n
	}
	assert.Equal(t, 1, count(t))
	for range 2 {
		t.Run("one table", func(t *testing.T) {
			_, err := pgtest.Open(t).Exec("CREATE TABLE same (x TEXT)")
			assert.NoError(t, err)
		})
	}
}

func TestWhatATestLeavesIsDropped(t *testing.T) {
	db, schema := pgtest.Open(t), ""
	t.Run("a test that leaves a transaction open", func(t *testing.T) {
		other := pgtest.URL(t)
		left := pgtest.OpenURL(t, other)
		require.NoError(t, left.QueryRow("SELECT current_schema()").Scan(&schema))
		_, err := left.Exec("CREATE TABLE held (x TEXT)")
		require.NoError(t, err)
		tx, err := pgtest.OpenURL(killed(t), other).Begin()
		require.NoError(t, err)
		_, err = tx.Exec("LOCK TABLE held IN ACCESS EXCLUSIVE MODE")
		require.NoError(t, err)
	})
	var n int
	require.NoError(t, db.QueryRow("SELECT count(*) FROM pg_namespace WHERE nspname = $1", schema).Scan(&n))
	assert.Zero(t, n, "and nobody waited for it")
}

// killed is a test whose cleanup is left out: it stands for a process that was killed.
func killed(t *testing.T) testing.TB { return forgetful{t} }

type forgetful struct{ testing.TB }

func (forgetful) Cleanup(func()) {}

func TestWithoutAServerItIsSaid(t *testing.T) {
	t.Setenv(pgtest.Server, "")
	t.Setenv("GODWIT_CI", "")
	said := &listener{TB: t}
	func() {
		defer func() { _ = recover() }()
		pgtest.URL(said)
	}()
	assert.Contains(t, said.skipped, "test/postgres/start", "how to have one")
	assert.Empty(t, said.failed)

	t.Setenv("GODWIT_CI", "1")
	said = &listener{TB: t}
	func() {
		defer func() { _ = recover() }()
		pgtest.URL(said)
	}()
	assert.Contains(t, said.failed, "test/postgres/start")
	assert.Empty(t, said.skipped)
}

// A listener hears what a test would be told, and stops where it would stop.
type listener struct {
	testing.TB
	skipped, failed string
}

func (l *listener) Skip(args ...any)  { l.skipped = args[0].(string); panic(l) }
func (l *listener) Fatal(args ...any) { l.failed = args[0].(string); panic(l) }
