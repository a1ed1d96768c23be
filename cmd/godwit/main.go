// Command godwit looks at accounts and account moves in the fediverse, helps to
// test servers that honour them, and reads, verifies and converts archives of
// accounts.
//
//	godwit help
//
// lists its commands. Each has a file of its own, named after it; the table in
// command.go is what there is. A command parses its arguments, calls one
// library function, and prints: results to standard output, all else to
// standard error.
//
// The exit status is 0 when it is done, 1 when it failed, 2 when it was called
// wrongly, 3 when something was refused for a reason, 4 when it was interrupted
// or had no room and goes on where it was when the same command is run again, and
// 5 when the answer cannot be told. With -json, a command that fails prints a document with
// error, and perhaps hint and reason, to standard output as well.
package main

import (
	"context"
	"os"
)

func main() { os.Exit(world{}.run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
