package redirect

import (
	"regexp"
	"strings"
)

// Servers keep an uploaded file in several sizes. A map knows the one that posts point at, the
// original; links point at any.

// mastodonFiles knows the folders that storage may add in front, and the small size.
func mastodonFiles(path string) []string {
	i := strings.Index(path, "/media_attachments/files/")
	if i < 0 {
		i = strings.Index(path, "/accounts/avatars/")
	}
	if i < 0 {
		i = strings.Index(path, "/accounts/headers/")
	}
	if i < 0 {
		return nil
	}
	original := strings.Replace(path[i:], "/small/", "/original/", 1)
	return []string{"/system" + original, original, path[:i] + original}
}

// goToSocialFiles: /fileserver/ACCOUNT/attachment/original/ID.ext. A small one may have
// another extension than its original, which is then not found.
func goToSocialFiles(path string) []string {
	if !strings.HasPrefix(path, "/fileserver/") {
		return nil
	}
	original := strings.Replace(strings.Replace(path, "/small/", "/original/", 1), "/static/", "/original/", 1)
	return []string{original}
}

// misskeyFiles: /files/KEY, with a prefix for smaller copies.
func misskeyFiles(path string) []string {
	key, ok := strings.CutPrefix(path, "/files/")
	if !ok || key == "" || strings.Contains(key, "/") {
		return nil
	}
	for _, prefix := range []string{"thumbnail-", "webpublic-"} {
		key = strings.TrimPrefix(key, prefix)
	}
	return []string{"/files/" + key, "/files/webpublic-" + key, "/files/thumbnail-" + key}
}

// pleromaFiles: /media/HASH.ext or /media/HASH/name, with the name again in the query.
func pleromaFiles(path string) []string {
	if !strings.HasPrefix(path, "/media/") {
		return nil
	}
	return []string{path}
}

// pixelfedFiles: /storage/m/…/NAME.ext, thumbnails NAME_thumb.ext.
func pixelfedFiles(path string) []string {
	if !strings.HasPrefix(path, "/storage/") {
		return nil
	}
	return []string{strings.Replace(path, "_thumb.", ".", 1), path}
}

// resized is what WordPress puts behind the name of an image that it made smaller.
var resized = regexp.MustCompile(`-(?:[0-9]+x[0-9]+|scaled|rotated)(\.[A-Za-z0-9]+)$`)

func wordPressFiles(path string) []string {
	if !strings.HasPrefix(path, "/wp-content/uploads/") {
		return nil
	}
	original := resized.ReplaceAllString(path, "$1")
	return []string{original, path}
}
