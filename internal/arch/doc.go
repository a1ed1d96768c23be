// Package arch holds the arrows between godwit's packages: who may import
// whom, which packages reach no network, and where the heavy modules may be
// used. [Rules] and [Fences] are the tables; a new package needs a row before
// its first test passes. The package's own test checks the whole module.
//
// Tests may import what they like: only what an importer of the module would
// compile is checked.
package arch
