package vectors_test

import (
	"bufio"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/vectors"
	movevectors "codeberg.org/godwit/godwit/move/vectors"
)

// moveCases are the numbers of all cases of account moves. Some numbers were
// never given.
var moveCases = []int{
	1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 14, 15, 16, 18, 20, 21, 22,
	24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 36, 38, 39, 40, 41, 42, 44, 45, 47, 48, 50, 51, 53, 54, 55, 56,
	58, 59, 60, 61, 62, 63, 65, 67, 68, 69, 70, 73, 74, 75,
	76, 77, 78, 81, 83, 84, 85, 86, 88, 89, 90, 91, 92, 93, 94, 97, 99, 100,
}

var (
	tableRow = regexp.MustCompile(`^\| (\d+) \| ([^|]+) \| (.+) \|$`)
	heldBy   = regexp.MustCompile("(Go: )?`([^`]+)`")
)

// A row of the README's table: what holds one case.
type traced struct{ files, tests []string }

func readTable(t *testing.T) map[int]traced {
	readme, err := os.Open(filepath.Join("..", "..", "move", "vectors", "README.md"))
	require.NoError(t, err)
	defer readme.Close()
	table := map[int]traced{}
	for lines := bufio.NewScanner(readme); lines.Scan(); {
		row := tableRow.FindStringSubmatch(lines.Text())
		if row == nil {
			continue
		}
		number, err := strconv.Atoi(row[1])
		require.NoError(t, err)
		require.NotContains(t, table, number, "a case stands twice in the table")
		var held traced
		for _, by := range heldBy.FindAllStringSubmatch(row[3], -1) {
			if by[1] == "" {
				held.files = append(held.files, by[2])
			} else {
				held.tests = append(held.tests, by[2])
			}
		}
		table[number] = held
	}
	return table
}

func TestEachCaseIsHeld(t *testing.T) {
	table := readTable(t)
	for _, number := range moveCases {
		held := table[number]
		assert.NotEmpty(t, append(held.files, held.tests...), "nothing holds case %d", number)
	}
	assert.Len(t, table, len(moveCases), "the table has cases that do not exist")
}

func TestTableOfCasesAgreesWithTheVectors(t *testing.T) {
	want := map[int][]string{}
	_, _, err := vectors.Run(t.Context(), movevectors.FS, func(f vectors.File, _ error) {
		for _, c := range f.Cases {
			number, err := strconv.Atoi(c)
			require.NoError(t, err, f.Path)
			require.Contains(t, moveCases, number, "%s names a case that does not exist", f.Path)
			want[number] = append(want[number], strings.TrimSuffix(f.Path, ".json"))
		}
	})
	require.NoError(t, err)
	require.NotEmpty(t, want)
	for number, held := range readTable(t) {
		assert.ElementsMatch(t, want[number], held.files, "case %d", number)
	}
}

func TestGoTestsInTheTableExist(t *testing.T) {
	var named []string
	for number, held := range readTable(t) {
		for _, test := range held.tests {
			assert.Contains(t, test, strconv.Itoa(number), "a test that holds a case names it")
			named = append(named, test)
		}
	}
	require.NotEmpty(t, named)
	found := goTests(t, filepath.Join("..", ".."))
	for _, test := range named {
		assert.True(t, slices.Contains(found, test), "no such test: %s", test)
	}
}

// goTests lists the tests of all packages below a folder.
func goTests(t *testing.T, root string) []string {
	declared := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	var tests []string
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && path != root:
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, match := range declared.FindAllSubmatch(source, -1) {
			tests = append(tests, string(match[1]))
		}
		return nil
	}))
	return tests
}
