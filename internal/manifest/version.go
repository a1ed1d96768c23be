package manifest

import (
	"regexp"
	"strconv"
	"strings"
)

var decimal = regexp.MustCompile(`^\+?([0-9]{0,32})(?:\.([0-9]{0,32}))?(?:[eE]([+-]?[0-9]{1,3}))?$`)

// supported reports whether a version is 0.1, which the FEP writes as a number, in
// any spelling. It compares digits: no float is near enough.
func supported(text string) bool {
	parts := decimal.FindStringSubmatch(text)
	if parts == nil {
		return false
	}
	exponent := 0
	if parts[3] != "" {
		exponent, _ = strconv.Atoi(parts[3])
	}
	digits := strings.TrimLeft(parts[1]+parts[2], "0")
	exponent -= len(parts[2])
	short := strings.TrimRight(digits, "0")
	exponent += len(digits) - len(short)
	return short == "1" && exponent == -1
}
