//! When a pattern matches next, and when it no longer does. Nothing here walks second by second: a day is looked for
//! first, then a time of day, and what no year can have is asked once for each of the fourteen kinds of years.

#![allow(clippy::arithmetic_side_effects, reason = "the calendar: a schedule ends with the year 9999")]

use super::{Range, ScheduleEntry, Set, Years, first_of};
use crate::value::Timestamp;
use crate::value::time::days_from_civil;

const DAY: i64 = 86_400;
const LAST_YEAR: i64 = 9999;

impl ScheduleEntry {
    /// The first instant at or after `from` that matches: `from` itself, or the beginning of a later second. `None` when
    /// none does, up to the year 9999.
    #[must_use]
    pub fn next(&self, from: Timestamp) -> Option<Timestamp> {
        if self.matches(from) {
            return Some(from);
        }
        let from = from.as_seconds().saturating_add(1);
        let (day, clock) = (from.div_euclid(DAY), from.rem_euclid(DAY));
        let today = self.next_day(day)?;
        if today == day
            && let Some(clock) = self.next_clock(clock)
        {
            return second(day.saturating_mul(DAY).saturating_add(clock));
        }
        let day = if today == day { self.next_day(day.saturating_add(1))? } else { today };
        second(day.saturating_mul(DAY).saturating_add(self.next_clock(0)?))
    }

    /// The first instant at or after `from` that does not match: `from` itself, or the beginning of a later second.
    /// `None` when it matches up to the end of the year 9999.
    #[must_use]
    pub fn closes(&self, from: Timestamp) -> Option<Timestamp> {
        if !self.matches(from) {
            return Some(from);
        }
        // All fields match now, so it closes as soon as one of them no longer does.
        let at = from.civil();
        let (now, day) = (from.as_seconds(), from.as_seconds().div_euclid(DAY));
        let minute = now.saturating_sub(at.second);
        let hour = minute.saturating_sub(at.minute.saturating_mul(60));
        let later = |start: i64, steps: Option<i64>, step: i64| {
            steps.map(|steps| start.saturating_add(steps.saturating_mul(step)))
        };
        let candidates = [
            later(now, self.second.leaves(at.second, 0, 59), 1),
            later(minute, self.minute.leaves(at.minute, 0, 59), 60),
            later(hour, self.hour.leaves(at.hour, 0, 23), 3600),
            // A day of the month, a month or a weekday that is not in the pattern comes within a year.
            (1..=366).map(|more| day.saturating_add(more)).find(|day| !self.day_but_year(*day)).map(|day| day * DAY),
            self.year.leaves(at.year).map(|year| days_from_civil(year, 1, 1).saturating_mul(DAY)),
        ];
        second(candidates.into_iter().flatten().min()?)
    }

    /// The first day at or after another that matches, in days since 1970.
    fn next_day(&self, from: i64) -> Option<i64> {
        let year = midnight(from).civil().year;
        let fits = |day: i64| self.day_but_year(day);
        if self.year.has(year)
            && let Some(day) = (from..days_from_civil(year.saturating_add(1), 1, 1)).find(|day| fits(*day))
        {
            return Some(day);
        }
        // Years that begin on the same weekday and are of the same length have the same days.
        let mut barren = 0_u16;
        let mut year = self.year.next(year.saturating_add(1))?;
        loop {
            let (start, end) = (days_from_civil(year, 1, 1), days_from_civil(year.saturating_add(1), 1, 1));
            let kind = 1_u16 << (start.rem_euclid(7) + if end - start == 366 { 7 } else { 0 });
            if barren & kind == 0 {
                if let Some(day) = (start..end).find(|day| fits(*day)) {
                    return Some(day);
                }
                barren |= kind;
            }
            year = self.year.next(year.saturating_add(1))?;
        }
    }

    /// Whether a day matches in all but its year.
    fn day_but_year(&self, day: i64) -> bool {
        let at = midnight(day).civil();
        self.day.has(at.day) && self.month.has(at.month) && self.weekday.has(at.weekday)
    }

    /// The first time of day at or after another that matches, in seconds.
    fn next_clock(&self, from: i64) -> Option<i64> {
        let (hour, minute, second) = (from / 3600, from / 60 % 60, from % 60);
        let clock = |hour: i64, minute: i64, second: i64| hour * 3600 + minute * 60 + second;
        let (first_minute, first_second) = (self.minute.next(0)?, self.second.next(0)?);
        if self.hour.has(hour) {
            if self.minute.has(minute)
                && let Some(second) = self.second.next(second)
            {
                return Some(clock(hour, minute, second));
            }
            if let Some(minute) = self.minute.next(minute + 1) {
                return Some(clock(hour, minute, first_second));
            }
        }
        self.hour.next(hour + 1).map(|hour| clock(hour, first_minute, first_second))
    }
}

impl Set {
    /// The first number at or after another.
    fn next(self, from: i64) -> Option<i64> {
        let rest = self.0.checked_shr(u32::try_from(from).ok()?)?;
        (rest != 0).then(|| from.saturating_add(i64::from(rest.trailing_zeros())))
    }

    /// After how many steps a clock hand that goes round from `low` to `high` leaves the set.
    fn leaves(self, at: i64, low: i64, high: i64) -> Option<i64> {
        let round = high - low + 1;
        (1..round).find(|steps| !self.has(low + (at - low + steps).rem_euclid(round)))
    }
}

impl Years {
    /// The first year at or after another, up to 9999.
    fn next(&self, from: i64) -> Option<i64> {
        let first = match &self.0 {
            None => Some(from),
            Some(ranges) => ranges.iter().filter_map(|range: &Range| first_of(range, from)).min(),
        };
        first.filter(|year| *year <= LAST_YEAR)
    }

    /// The first year after another that is not among them.
    fn leaves(&self, after: i64) -> Option<i64> {
        self.0.as_ref()?;
        (after.saturating_add(1)..=LAST_YEAR).find(|year| !self.has(*year))
    }
}

const fn midnight(day: i64) -> Timestamp {
    Timestamp::from_micros(day.saturating_mul(DAY * 1_000_000))
}

fn second(seconds: i64) -> Option<Timestamp> {
    let at = Timestamp::from_micros(seconds.saturating_mul(1_000_000));
    (at <= Timestamp::MAX).then_some(at)
}
