package pgtest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Some systems have a server's files in a folder "data", as the tests' are.
func TestStopLeavesAServerThatIsSomebodysOwn(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil && os.Getenv("GODWIT_CI") != "1" {
		t.Skip("there is no bash, so the script was not tested")
	}
	require.NoError(t, err)
	folder := t.TempDir()
	data := filepath.Join(folder, "data")
	require.NoError(t, os.Mkdir(data, 0o700))
	for name, text := range map[string]string{
		"postmaster.pid": "1\n", "postgresql.conf": "unix_socket_directories = '/run/postgresql'\n", "PG_VERSION": "15\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(data, name), []byte(text), 0o600))
	}
	for _, address := range []string{"postgres://postgres@/postgres?host=" + folder, "postgres://db.example/postgres", ""} {
		stop := exec.Command(bash, "../../test/postgres/stop")
		stop.Env = append(os.Environ(), "GODWIT_TEST_POSTGRES="+address)
		said, err := stop.CombinedOutput()
		require.Error(t, err, address)
		assert.Regexp(t, "did not start|holds no running server", string(said), address)
	}
	left, err := os.ReadDir(data)
	require.NoError(t, err)
	assert.Len(t, left, 3)
}
