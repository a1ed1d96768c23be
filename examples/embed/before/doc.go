// Command small is a small server with users, posts and follows in tables of its
// own, which knows nothing of moving accounts: a Move that comes in is ignored,
// and nobody can leave. The folder beside this one, ../after, has the same
// server after godwit came in.
//
//	go run ./examples/embed/before -file small.db -listen 127.0.0.1:8080
//
// People speak to it on standard input, a line at a time:
//
//	NAME join                make an account
//	NAME follow IRI          ask somebody to accept this account as a follower
//	NAME unfollow IRI        end that
//	NAME post TEXT           tell the followers something
//	NAME show                follows, followers, notices and posts
package main
