package main

import "strings"

// inWords says for people what a reason means; one that has no sentence is said by
// its own words. Reports for machines have the reason.
func inWords(reason string) string {
	if text, ok := sentences()[reason]; ok {
		return text
	}
	return strings.ReplaceAll(reason, "-", " ")
}

func sentences() map[string]string {
	return map[string]string{
		// of a whole archive
		"lacks":                 "exports of this kind do not have",
		"file-missing":          "a file that belongs to such an export is not there",
		"secret-inside":         "a private key or password lies in it in clear; it is not passed on",
		"unlisted":              "is not in the manifest",
		"listed-absent":         "is in the manifest, and not there",
		"manifest-odd":          "the manifest is odd",
		"total-differs":         "another number of items than is said",
		"text-fault":            "a file is not written as it should be",
		"partly-read":           "a file is damaged; what is whole in it was read",
		"not-verified":          "signatures cannot be judged",
		"newest-taken":          "of several exports in it the newest was read",
		"no-header":             "a list without a first line; its type was guessed",
		"row-unusable":          "rows of a list cannot be read",
		"volume-missing":        "volumes of the set were not given",
		"base-missing":          "it is an increment, and what it was made upon was not given",
		"foreign-record":        "a file that is no data of an account",
		"count-differs":         "the manifest counts another number than is there",
		"version-unknown":       "made by a later version of the software than is known here",
		"part-missing":          "a file that the manifest counts is not there",
		"wrapper-folder":        "everything lies in one folder",
		"more-of-these":         "and more of the same",
		"link-skipped":          "a link was left out",
		"special-file-skipped":  "a device or the like was left out",
		"bytes-before":          "something stands before the archive",
		"bytes-after":           "something stands behind the archive",
		"tar-no-end":            "the tar has no end",
		"tar-entries-after-end": "entries stand behind the end of the tar",
		"name-normalised":       "names were written in another way",
		"name-not-utf8":         "names are not UTF-8",
		"name-unportable":       "names that not every system can have",
		"truncated":             "cut short",
		"checksum":              "damaged: another checksum",
		"size-differs":          "damaged: another size",
		"integrity-mismatch":    "damaged: not what the integrity list says",
		"other-compressor":      "compressed by another version of the software; the content is the same",
		// of single items
		"unreadable":      "cannot be read; the bytes are kept",
		"too-large":       "too large",
		"too-many":        "too many",
		"no-id":           "without a name",
		"duplicate-id":    "another has the same name, and differs",
		"not-own":         "by somebody else",
		"foreign-host":    "with a name on another server",
		"wrong-kind":      "not what belongs there",
		"no-audience":     "of which nobody can tell for whom they are; kept for the author alone",
		"bad-date":        "without a date, or with an impossible one",
		"bad-text":        "with text that is not UTF-8",
		"missing-media":   "with a file that is not there",
		"bad-media":       "with a file that is damaged",
		"repeated":        "standing there twice",
		"missing-parent":  "in answer to own posts that are not there",
		"cut-cycle":       "answering themselves in a circle",
		"no-place":        "for which it has no place",
		"shortened":       "made fit",
		"already-there":   "there already",
		"differs":         "there already, and different",
		"unsupported":     "known, and not read here",
		"secret-withheld": "without a secret that is not passed on",
		// rules of a target
		"kind":     "it has no place for",
		"audience": "for fewer people than it shows things to",
		"type":     "of a type that it does not hold",
	}
}
