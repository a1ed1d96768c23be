//go:build unix

package sqlstore_test

import (
	"context"
	"database/sql"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// A bareTable is one whose rows an import has left.
type bareTable struct {
	name    string
	perPost int64 // rows, about
	columns int
	blobs   int64 // how much of a row is told to be bytes: the columns, as bits
	make    string
}

// bareTables have the rows of an import and their primary keys, and no other index.
var bareTables = []bareTable{
	{"notes", 1, 3, 1 << 2, "(ref TEXT PRIMARY KEY, id TEXT, document BYTES)"},
	{"godwit_copy_mappings", 2, 11, 0, "(old TEXT PRIMARY KEY, id TEXT, new_id TEXT, url TEXT, kind TEXT, from_id TEXT, to_id TEXT, audience TEXT, copied BIGINT, gone BIGINT, odd TEXT)"},
	{"godwit_copy_entries", 1, 20, 1 << 13, "(at NUMBER PRIMARY KEY, job_no BIGINT, kind TEXT, id TEXT, stage TEXT, state TEXT, intended BIGINT, reason TEXT, new_id TEXT, urls TEXT, audience TEXT, parent TEXT, published BIGINT, digest BYTES, rank BIGINT, run BIGINT, size BIGINT, odd TEXT, put BIGINT, was TEXT)"},
}

// insertBare inserts the rows that an import has left into tables of another database,
// a thousand posts in each transaction: by COPY into PostgreSQL, by statements of fifty
// rows into SQLite. Reading them is not measured.
func insertBare(ctx context.Context, from *sql.DB, j importJob) (figure, error) {
	to, err := sql.Open(j.Driver, j.Bare)
	if err != nil {
		return figure{}, err
	}
	defer to.Close()
	to.SetMaxOpenConns(2)
	w := watch{backends: backendsOf(ctx, to, j.Driver)}
	cursors := make([]*sql.Rows, len(bareTables))
	for i, table := range bareTables {
		types := typesOf(j.Driver)
		if _, err := to.ExecContext(ctx, "CREATE TABLE "+table.name+" "+strings.NewReplacer("BYTES", types.bytes, "NUMBER", types.number).Replace(table.make)); err != nil {
			return figure{}, err
		}
		if cursors[i], err = from.QueryContext(ctx, "SELECT * FROM "+table.name+" ORDER BY 1"); err != nil {
			return figure{}, err
		}
		defer cursors[i].Close()
	}
	for {
		var pages [][][]any
		rows := 0
		for i, table := range bareTables {
			page, err := nextRows(cursors[i], table, 1000*table.perPost, &w.Bytes)
			if err != nil {
				return figure{}, err
			}
			pages = append(pages, page)
			rows += len(page)
		}
		if rows == 0 {
			return w.figure, nil
		}
		w.Rows += int64(rows)
		w.begin()
		if err := insertPages(ctx, to, j.Driver, pages); err != nil {
			return figure{}, err
		}
		w.end()
	}
}

func nextRows(cursor *sql.Rows, table bareTable, n int64, bytes *int64) (page [][]any, err error) {
	for ; n > 0 && cursor.Next(); n-- {
		row, dest := make([]any, table.columns), make([]any, table.columns)
		for i := range row {
			dest[i] = &row[i]
		}
		if err := cursor.Scan(dest...); err != nil {
			return nil, err
		}
		for i, value := range row {
			switch value := value.(type) {
			case []byte:
				*bytes += int64(len(value))
				if table.blobs&(1<<i) == 0 {
					row[i] = string(value)
				}
			case string:
				*bytes += int64(len(value))
			case int64:
				*bytes += 8
			}
		}
		page = append(page, row)
	}
	return page, cursor.Err()
}

func insertPages(ctx context.Context, to *sql.DB, driver string, pages [][][]any) error {
	conn, err := to.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if driver == "pgx" {
		return conn.Raw(func(raw any) error { return copyPages(ctx, raw.(*stdlib.Conn).Conn(), pages) })
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for i, page := range pages {
		if err := insertPage(ctx, tx, bareTables[i], page); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func copyPages(ctx context.Context, conn *pgx.Conn, pages [][][]any) error {
	tx, err := conn.Begin(ctx)
	if err != nil {
		return err
	}
	for i, page := range pages {
		names := columnNames(bareTables[i])
		if _, err := tx.CopyFrom(ctx, pgx.Identifier{bareTables[i].name}, names, pgx.CopyFromRows(page)); err != nil {
			return err
		}
	}
	return tx.Commit(ctx)
}

func columnNames(t bareTable) (names []string) {
	for column := range strings.SplitSeq(strings.Trim(t.make, "()"), ", ") {
		name, _, _ := strings.Cut(column, " ")
		names = append(names, name)
	}
	return names
}

func insertPage(ctx context.Context, tx *sql.Tx, table bareTable, page [][]any) error {
	const atOnce = 50
	row := "(?" + strings.Repeat(", ?", table.columns-1) + ")"
	many, err := tx.PrepareContext(ctx, "INSERT INTO "+table.name+" VALUES "+row+strings.Repeat(", "+row, atOnce-1))
	if err != nil {
		return err
	}
	defer many.Close()
	for len(page) > 0 {
		n := min(len(page), atOnce)
		var args []any
		for _, row := range page[:n] {
			args = append(args, row...)
		}
		if n == atOnce {
			_, err = many.ExecContext(ctx, args...)
		} else {
			_, err = tx.ExecContext(ctx, "INSERT INTO "+table.name+" VALUES "+row+strings.Repeat(", "+row, n-1), args...)
		}
		if err != nil {
			return err
		}
		page = page[n:]
	}
	return nil
}
