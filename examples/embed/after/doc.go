// Command small is the server of ../before after godwit came in: it honours the
// Moves of those whom its users follow, and lets its users leave. What its author
// wrote for that is moves.go; verify.go is gone, since godwit says who signed a
// request; elsewhere a few lines were added. `diff -r ../before .` shows it all,
// and README.md in the folder above counts it.
//
//	go run ./examples/embed/after -file small.db -listen 127.0.0.1:8080
//
// Beside what could be said before, people now say:
//
//	NAME alias IRI           let an old account elsewhere move here
//	NAME move IRI            leave for a new account, which names this one as its alias
//	NAME stay TOKEN          stop that, as long as it has not been announced
//	NAME confirm IRI         follow an account that moved without sufficient proof
package main
