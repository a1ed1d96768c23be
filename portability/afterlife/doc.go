// Package afterlife keeps the accounts of a server answering when the server is
// gone: their actor documents, keys and handles, and what was public or unlisted
// of what they wrote, or where that is now.
//
// Who closes a server calls [Build], which makes a door file from the accounts'
// archives and from URI maps; [Open] reads one, and [Handler] serves it, under the
// old host name. [WriteStatic] writes the same answers as files, with configuration
// for nginx, Caddy, and hosts that read _redirects. What is forgotten is kept in
// [Tombstones], which outrank every answer and survive building anew; who may say
// later where an account went is kept in [Claims]. [Check] asks the new places, and
// forgets what they have deleted.
//
// The package opens no archive: a [portability.Source] is given to Build, and
// nothing but the door file to the server. What is private never comes into a door
// file. It does not send Moves: for that, see package move, and the command godwit
// afterlife claim. The layout is in DESIGN.md beside this file.
package afterlife
