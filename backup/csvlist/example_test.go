package csvlist_test

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"codeberg.org/godwit/godwit/backup/csvlist"
)

// A file that somebody edited by hand is read row by row.
func ExampleReader() {
	file := "Account Address, Show Boosts\n@alice@old.example, true\nbob\ncarol@münchen.example, false\n"
	r, err := csvlist.NewReader(strings.NewReader(file), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("type:", r.Type())
	for row, err := range r.Rows() {
		var fault *csvlist.RowError
		switch {
		case errors.As(err, &fault):
			fmt.Printf("line %d is left out: %s\n", fault.Line, fault.Reason)
		case err != nil:
			fmt.Println(err)
		default:
			fmt.Println(row.Account, row.ShowBoosts)
		}
	}
	// Output:
	// type: following
	// alice@old.example true
	// line 3 is left out: no-host
	// carol@münchen.example false
}

// The same row for two servers.
func ExampleWriter() {
	row := csvlist.Row{Account: "alice@old.example", ShowBoosts: csvlist.Yes, Languages: []string{"de", "fr"}}
	for _, dialect := range []csvlist.Dialect{csvlist.Mastodon, csvlist.Misskey} {
		w, err := csvlist.NewWriter(os.Stdout, csvlist.Following, &csvlist.WriteOptions{Dialect: dialect})
		if err != nil {
			fmt.Println(err)
			return
		}
		if err := errors.Join(w.Write(row), w.Flush()); err != nil {
			fmt.Println(err)
		}
		fmt.Println("lost:", csvlist.Lost(dialect, csvlist.Following, row))
	}
	// Output:
	// Account address,Show boosts,Notify on new posts,Languages
	// alice@old.example,true,,"de, fr"
	// lost: []
	// alice@old.example
	// lost: [Show boosts Languages]
}
