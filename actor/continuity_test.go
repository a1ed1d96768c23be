package actor_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"codeberg.org/godwit/godwit/actor"
)

func TestContinuous(t *testing.T) {
	const day = 24 * time.Hour
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	key := func(name string, first time.Duration) actor.KeyRecord {
		return actor.KeyRecord{Fingerprint: name, FirstSeen: ago(first)}
	}
	vouched := func(r actor.KeyRecord) actor.KeyRecord { r.Vouched = true; return r }
	withdrawn := func(r actor.KeyRecord, d time.Duration) actor.KeyRecord { r.Withdrawn = ago(d); return r }
	outage := func(from, to time.Duration) actor.OriginRecord {
		return actor.OriginRecord{LastReached: now, OutageFrom: ago(from), OutageTo: ago(to)}
	}
	up := actor.OriginRecord{LastReached: now}
	for _, c := range []struct {
		name    string
		records []actor.KeyRecord
		origin  actor.OriginRecord
		others  bool
		ok      bool
		why     string
	}{
		{"an origin never seen before", nil, actor.OriginRecord{}, false, true, actor.KeyNewOrigin},
		{"the first key, fetched for the Move itself, nobody else known there", []actor.KeyRecord{key("k", 0)}, up, false, true, actor.KeyNewOrigin},
		{"the first key, fetched for the Move itself, others known there", []actor.KeyRecord{key("k", 0)}, up, true, false, actor.KeyWithMove},
		{"an actor never heard of, on a known origin", nil, up, true, false, actor.KeyWithMove},
		{"the first key, seen a second before the Move", []actor.KeyRecord{key("k", time.Second)}, up, true, true, actor.KeyFirst},
		{"the first two keys, published together", []actor.KeyRecord{key("k", time.Hour), key("rsa", time.Hour)}, up, true, true, actor.KeyFirst},
		{"the first key, though a younger one has come", []actor.KeyRecord{key("k", day), key("new", time.Hour)}, up, true, true, actor.KeyFirst},
		{"a key held for a year", []actor.KeyRecord{key("k", 365*day)}, up, true, true, actor.KeyTried},
		{"a second key, an hour old", []actor.KeyRecord{key("old", 365*day), key("k", time.Hour)}, up, true, false, actor.KeyOnTrial},
		{"a second key, an hour old, on an origin with nobody else", []actor.KeyRecord{key("old", 365*day), key("k", time.Hour)}, up, false, false, actor.KeyOnTrial},
		{"a second key, an hour old, the first withdrawn", []actor.KeyRecord{withdrawn(key("old", 365*day), time.Hour), key("k", time.Hour)}, up, true, false, actor.KeyOnTrial},
		{"a second key, an hour old, but vouched for", []actor.KeyRecord{key("old", 365*day), vouched(key("k", time.Hour))}, up, true, true, actor.KeyVouched},
		{"a second key that was never recorded", []actor.KeyRecord{key("old", 365*day)}, up, true, false, actor.KeyUnrecorded},
		{"a second key, a moment short of its trial", []actor.KeyRecord{key("old", 365*day), key("k", 7*day-time.Nanosecond)}, up, true, false, actor.KeyOnTrial},
		{"a second key, its trial just over", []actor.KeyRecord{key("old", 365*day), key("k", 7*day)}, up, true, true, actor.KeyTried},
		{"the buyer of a lapsed domain, with a new key", []actor.KeyRecord{key("old", 365*day), key("k", time.Hour)}, outage(30*day, day), true, false, actor.KeyAfterGap},
		{"the buyer of a lapsed domain, as an actor of whom no key was held", []actor.KeyRecord{key("k", time.Hour)}, outage(30*day, day), true, false, actor.KeyAfterGap},
		{"the buyer of a lapsed domain, nobody else known there", nil, outage(30*day, day), false, false, actor.KeyAfterGap},
		{"a new key a week after the outage, seen a week ago", []actor.KeyRecord{key("old", 365*day), key("k", 7*day)}, outage(30*day, 7*day), true, true, actor.KeyTried},
		{"a key from before the outage", []actor.KeyRecord{key("k", 31*day), key("new", time.Hour)}, outage(30*day, day), true, true, actor.KeyTried},
		{"a key first seen when the outage began", []actor.KeyRecord{key("k", 2*day)}, actor.OriginRecord{OutageFrom: ago(2 * day)}, true, false, actor.KeyAfterGap},
		{"an outage that lasts, a key from before it", []actor.KeyRecord{key("k", 20*day)}, actor.OriginRecord{OutageFrom: ago(9 * day)}, true, true, actor.KeyTried},
		{"vouched for after an outage", []actor.KeyRecord{key("old", 365*day), vouched(key("k", time.Hour))}, outage(30*day, day), true, true, actor.KeyVouched},
		{"an outage of exactly a week is none", []actor.KeyRecord{key("k", time.Hour)}, outage(8*day, day), true, true, actor.KeyFirst},
		{"an outage a moment longer is one", []actor.KeyRecord{key("k", time.Hour)}, outage(8*day+1, day), true, false, actor.KeyAfterGap},
		{"recorded under two ids: the first sight counts", []actor.KeyRecord{key("old", 365*day), key("k", time.Hour), key("k", 10*day)}, up, true, true, actor.KeyTried},
		{"recorded under two ids: one vouched for is enough", []actor.KeyRecord{key("old", 365*day), vouched(key("k", time.Hour)), key("k", 2*day)}, up, true, true, actor.KeyVouched},
		{"recorded under two ids, the other way round", []actor.KeyRecord{key("old", 365*day), key("k", 2*day), vouched(key("k", time.Hour))}, up, true, true, actor.KeyVouched},
		{"a clock that ran ahead: first seen after the Move", []actor.KeyRecord{key("k", -time.Hour)}, up, true, false, actor.KeyWithMove},
	} {
		t.Run(c.name, func(t *testing.T) {
			ok, why := actor.Continuous(c.records, "k", c.origin, c.others, now)
			assert.Equal(t, c.ok, ok, why)
			assert.Equal(t, c.why, why)
		})
	}
}
