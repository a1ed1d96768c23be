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
		"unreadable":        "it cannot be read; the bytes are kept",
		"too-large":         "it is too large",
		"too-many":          "there are too many",
		"no-id":             "it has no name",
		"duplicate-id":      "another has the same name, and differs",
		"not-own":           "it is somebody else's",
		"foreign-host":      "its name is on another server",
		"wrong-kind":        "it does not belong there",
		"no-audience":       "nobody can tell for whom it is; it is kept for the author alone",
		"bad-date":          "it has no date, or an impossible one",
		"bad-text":          "its text is not UTF-8",
		"missing-media":     "a file is not there",
		"bad-media":         "a file is damaged",
		"wrong-total":       "another number is said than there are",
		"repeated":          "it stands there twice",
		"missing-parent":    "the own post that it answers is not there",
		"cut-cycle":         "posts answer each other in a circle",
		"no-place":          "there is no place for it",
		"not-here":          "it is not there",
		"shortened":         "it was made fit",
		"already-there":     "it is there already",
		"differs":           "it is there already, and differs",
		"unsupported":       "it is known, and not read here",
		"secret-withheld":   "a secret in it is not passed on",
		"hidden-recipients": "for whom it was unseen is not passed on",
		// rows of lists
		"bad-account": "its address cannot be told without asking its server",
		"not-held":    "the dialect has no way to write it",
		// rules of a target
		"kind":     "there is no place for this kind",
		"type":     "there is no place for its type",
		"audience": "it is for fewer people than things are shown to",
	}
}
