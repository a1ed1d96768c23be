package container

import (
	"strings"
	"unicode/utf8"
)

// composed lists, by combining mark, letters and what they become under it
// (UAX #15), for the scripts that names of files have most: Latin, Greek, Cyrillic
// and kana. A name with other letters in two normal forms is not reported; it is
// read all the same.
var composed = []struct{ mark, letters, under string }{
	{"\u0300", "AEIOUaeiouWwYyЕИеи", "ÀÈÌÒÙàèìòùẀẁỲỳЀЍѐѝ"},
	{"\u0301", "AEIOUYaeiouyCcLlNnRrSsZzKkMmPpWw¨ΑΕΗΙΟΥΩαεηιουωϒГКгк", "ÁÉÍÓÚÝáéíóúýĆćĹĺŃńŔŕŚśŹźḰḱḾḿṔṕẂẃ΅ΆΈΉΊΌΎΏάέήίόύώϓЃЌѓќ"},
	{"\u0302", "AEIOUaeiouCcGgHhJjSsWwYyZz", "ÂÊÎÔÛâêîôûĈĉĜĝĤĥĴĵŜŝŴŵŶŷẐẑ"},
	{"\u0303", "ANOanoIiUuVvEeYy", "ÃÑÕãñõĨĩŨũṼṽẼẽỸỹ"},
	{"\u0304", "AaEeIiOoUuGg", "ĀāĒēĪīŌōŪūḠḡ"},
	{"\u0306", "AaEeGgIiOoUuУИиу", "ĂăĔĕĞğĬĭŎŏŬŭЎЙйў"},
	{"\u0307", "CcEeGgIZzBbDdFfHhMmNnPpRrSsTtWwXxYyſ", "ĊċĖėĠġİŻżḂḃḊḋḞḟḢḣṀṁṄṅṖṗṘṙṠṡṪṫẆẇẊẋẎẏẛ"},
	{"\u0308", "AEIOUaeiouyYHhWwXxtΙΥιυϒЕІеі", "ÄËÏÖÜäëïöüÿŸḦḧẄẅẌẍẗΪΫϊϋϔЁЇёї"},
	{"\u0309", "AaEeIiOoUuYy", "ẢảẺẻỈỉỎỏỦủỶỷ"},
	{"\u030a", "AaUuwy", "ÅåŮůẘẙ"},
	{"\u030b", "OoUu", "ŐőŰű"},
	{"\u030c", "CcDdEeLlNnRrSsTtZz", "ČčĎďĚěĽľŇňŘřŠšŤťŽž"},
	{"\u0323", "BbDdHhKkLlMmNnRrSsTtVvWwZzAaEeIiOoUuYy", "ḄḅḌḍḤḥḲḳḶḷṂṃṆṇṚṛṢṣṬṭṾṿẈẉẒẓẠạẸẹỊịỌọỤụỴỵ"},
	{"\u0324", "Uu", "Ṳṳ"},
	{"\u0325", "Aa", "Ḁḁ"},
	{"\u0327", "CcGgKkLlNnRrSsTtDdHh", "ÇçĢģĶķĻļŅņŖŗŞşŢţḐḑḨḩ"},
	{"\u0328", "AaEeIiUu", "ĄąĘęĮįŲų"},
	{"\u032d", "DdEeLlNnTtUu", "ḒḓḘḙḼḽṊṋṰṱṶṷ"},
	{"\u032e", "Hh", "Ḫḫ"},
	{"\u0330", "EeIiUu", "ḚḛḬḭṴṵ"},
	{"\u0331", "BbDdKkLlNnRrTtZzh", "ḆḇḎḏḴḵḺḻṈṉṞṟṮṯẔẕẖ"},
	{"\u3099", "かきくけこさしすせそたちつてとはひふへほうゝカキクケコサシスセソタチツテトハヒフヘホウワヰヱヲヽ", "がぎぐげござじずぜぞだぢづでどばびぶべぼゔゞガギグゲゴザジズゼゾダヂヅデドバビブベボヴヷヸヹヺヾ"},
	{"\u309a", "はひふへほハヒフヘホ", "ぱぴぷぺぽパピプペポ"},
}

// decomposer takes letters apart. It is made once and never changes.
var decomposer = newDecomposer()

func newDecomposer() *strings.Replacer {
	var pairs []string
	for _, c := range composed {
		letters := []rune(c.letters)
		for i, under := range []rune(c.under) {
			pairs = append(pairs, string(under), string(letters[i])+c.mark)
		}
	}
	return strings.NewReplacer(pairs...)
}

// fold maps names to one that are one to some file systems.
func fold(name string) string {
	if ascii(name) {
		return strings.ToLower(name)
	}
	return strings.ToLower(decomposer.Replace(decomposer.Replace(name)))
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
