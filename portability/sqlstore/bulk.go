package sqlstore

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"codeberg.org/godwit/godwit/internal/sqldb"
)

// bulk are the statements that insert many rows at once: their files insert one.
var bulk = []string{"entry_put", "name_put", "turn_begin", "held_put", "file_stage", "mapping_put"}

// atOnce is how many rows a statement inserts, largest first. More than these gain
// nothing: a commit of a thousand rows is some sixteen statements of each sort.
var atOnce = []int{64, 8, 1}

// prepareBulk prepares statements that insert more than one row.
func prepareBulk(ctx context.Context, d sqldb.Dialect, s *sqldb.Statements) error {
	for _, name := range bulk {
		text, err := statements.ReadFile("sql/" + name + ".sql")
		if err != nil {
			return err
		}
		for _, rows := range atOnce {
			many := widened(string(text), rows)
			if d.Name == sqldb.SQLite.Name {
				// A number counts as a name there, which drivers look for among all others.
				many = parameter.ReplaceAllString(many, "?")
			}
			if err := s.Add(ctx, bulkName(name, rows), many); err != nil {
				return err
			}
		}
	}
	return nil
}

func bulkName(name string, rows int) string { return fmt.Sprintf("%s × %d", name, rows) }

var (
	oneRow    = regexp.MustCompile(`VALUES (\([^()]*\))`)
	parameter = regexp.MustCompile(`\?(\d+)`)
)

// widened returns an INSERT of one row as one of many. Its parameters stand in its
// VALUES alone, in their order.
func widened(text string, rows int) string {
	row := oneRow.FindStringSubmatch(text)[1]
	width := len(parameter.FindAllString(row, -1))
	many := make([]string, rows)
	for i := range many {
		many[i] = parameter.ReplaceAllStringFunc(row, func(p string) string {
			n, _ := strconv.Atoi(p[1:]) // which the expression has made sure of
			return fmt.Sprintf("?%d", n+i*width)
		})
	}
	return strings.Replace(text, row, strings.Join(many, ", "), 1)
}

// insert inserts rows by a bulk statement, and returns how many were touched. No two
// of them have the same key, which PostgreSQL refuses.
func insert(tx *sqldb.Tx, name string, rows [][]any) (touched int64, err error) {
	for len(rows) > 0 {
		i := slices.IndexFunc(atOnce, func(n int) bool { return n <= len(rows) })
		n, err := tx.Exec(bulkName(name, atOnce[i]), slices.Concat(rows[:atOnce[i]]...)...)
		if err != nil {
			return touched, err
		}
		touched += n
		rows = rows[atOnce[i]:]
	}
	return touched, nil
}
