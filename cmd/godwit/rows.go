package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// readRows calls f for each row of a CSV file of old accounts and new ones, with where
// it stands, but not for a first that names its columns.
func readRows(ctx context.Context, path string, f func(where string, row []string) error) (err error) {
	file, err := os.Open(filepath.Clean(path))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	rows := csv.NewReader(file)
	rows.FieldsPerRecord, rows.TrimLeadingSpace = -1, true
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", filepath.Base(path), err)
		}
		line, _ := rows.FieldPos(0)
		if line == 1 && strings.EqualFold(strings.TrimSpace(row[0]), "old") {
			continue
		}
		if err := f(fmt.Sprintf("%s:%d", filepath.Base(path), line), row); err != nil {
			return err
		}
	}
}

// oldAndNew are the two columns of a row.
func oldAndNew(row []string) (old, to string, err error) {
	if len(row) < 2 {
		return "", "", errors.New("it has not two columns")
	}
	return strings.TrimSpace(row[0]), strings.TrimSpace(row[1]), nil
}
