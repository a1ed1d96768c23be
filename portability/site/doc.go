// Package site writes an account as a static web site: pages that anybody can
// read, with or without a server, with or without JavaScript, for as long as
// there are browsers.
//
// [Create] begins a site; it is a portability.Sink, so portability.Copy fills it
// from any source, and [Site.Finish] writes the pages. Who keeps the domain of
// the old server sets [Options].KeepPaths, and finds rules for three web servers
// beside the pages.
//
// What an archive says is never believed here. Its HTML goes through a list of
// what is allowed, its files are told by their bytes, nothing of it becomes a
// name, and every rule for a web server is read back before it is written. No
// page loads anything from elsewhere. Direct messages have no place, and posts for
// followers only if they were asked for; what others said is left out unless the
// person chose otherwise.
//
// The package sends nothing to anybody, and publishes nothing: where the
// directory goes is up to the person.
package site
