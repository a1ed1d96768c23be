// Package stories is what people want when they move, as tests: the user stories of
// FEP-73cd, and each step of the two processes of the SocialCG report on data
// portability.
//
// Run them and read one line for each:
//
//	go test ./examples/stories -run Stories -v
//
// Each is a short scenario: somebody does something, somebody else does, and at the end
// a stranger looks over HTTP at what anybody can see. The servers are those of
// internal/fediverse, each with a SQLite file of its own, on loopback; the copies are
// made by the engine of package portability, the archives by package backup, the Moves
// by package move. Nothing is mocked. While a copy runs, every server fails on whatever
// is delivered to it, and the story fails with it: a copy tells nobody anything.
//
// Accounts travel in archives here, as they do where one server does not hand them to
// another.
//
// The stories have the numbers that godwit's own documents use. The text of FEP-73cd that
// was published first tells story 2 in two, for a new server that the old one talks to and
// for one that it does not, and so its 4 is the 3 here; both of its cases are told here
// under 2.
//
// [All] is the table of them, and says which wait for what. What the words in the
// scenarios do is in the files named after the servers, the people, their copies and the
// stranger.
package stories
