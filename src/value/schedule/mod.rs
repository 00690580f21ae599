//! Points in time by pattern: the seven fields of `m2m:scheduleEntry` (TS-0004 table 6.3.3-1).

mod next;

use super::Timestamp;
use super::time::Civil;

/// `second minute hour day-of-month month day-of-week year`, each a `*`, a number, a list, a range or a step, in UTC.
/// All seven fields have to match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleEntry {
    second: Set,
    minute: Set,
    hour: Set,
    day: Set,
    month: Set,
    weekday: Set,
    year: Years,
}

const LIMITS: [(i64, i64); 7] = [(0, 59), (0, 59), (0, 23), (1, 31), (1, 12), (0, 7), (1970, 9999)];
const NAMES: [&str; 7] = ["second", "minute", "hour", "day of month", "month", "day of week", "year"];

/// Numbers below 64, one bit each: whatever was written, asking costs the same. Never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Set(u64);

/// Years: inclusive ranges with a step; `None` is `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Years(Option<Vec<Range>>);

/// `from`, `to` and step.
type Range = (i64, i64, i64);

impl ScheduleEntry {
    /// Reads seven fields separated by spaces.
    ///
    /// # Errors
    /// A sentence that names the field.
    pub fn parse(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split_ascii_whitespace().take(8).collect();
        let [a, b, c, d, e, f, g] = parts.as_slice() else {
            return Err(format!(
                "expected seven fields, got {}",
                if parts.len() > 7 { "more".into() } else { parts.len().to_string() }
            ));
        };
        let read = |place: usize, text: &str| {
            let (limits, name) =
                (LIMITS.get(place).copied().unwrap_or((0, 0)), NAMES.get(place).copied().unwrap_or(""));
            ranges(text, limits).ok_or_else(|| {
                format!("{name}: expected *, a number, a-b, */n or a list of these within {} to {}", limits.0, limits.1)
            })
        };
        let set = |place: usize, text: &str| read(place, text).map(|ranges| Set::of(&ranges));
        let year = Years(if *g == "*" { None } else { Some(read(6, g)?) });
        Ok(Self {
            second: set(0, a)?,
            minute: set(1, b)?,
            hour: set(2, c)?,
            day: set(3, d)?,
            month: set(4, e)?,
            weekday: set(5, f)?.with_one_sunday(),
            year,
        })
    }

    /// Whether an instant lies within. Every field counts: a window on the minute does not open on the hour alone.
    #[must_use]
    pub fn matches(&self, at: Timestamp) -> bool {
        let at = at.civil();
        self.matches_day(&at) && self.hour.has(at.hour) && self.minute.has(at.minute) && self.second.has(at.second)
    }

    fn matches_day(&self, at: &Civil) -> bool {
        self.day.has(at.day) && self.month.has(at.month) && self.weekday.has(at.weekday) && self.year.has(at.year)
    }
}

impl Set {
    fn of(ranges: &[Range]) -> Self {
        let numbers = ranges.iter().flat_map(|(from, to, step)| numbers(*from, *to, *step));
        Self(numbers.fold(0, |bits, number| bits | bit(number)))
    }

    /// Sunday is 0 and 7.
    const fn with_one_sunday(self) -> Self {
        Self(if self.0 & bit(7) == 0 { self.0 } else { self.0 | bit(0) })
    }

    const fn has(self, number: i64) -> bool {
        self.0 & bit(number) != 0
    }
}

impl Years {
    fn has(&self, year: i64) -> bool {
        self.0.as_ref().is_none_or(|ranges| ranges.iter().any(|range| first_of(range, year) == Some(year)))
    }
}

const fn bit(number: i64) -> u64 {
    if 0 <= number && number < 64 { 1 << number } else { 0 }
}

fn numbers(from: i64, to: i64, step: i64) -> impl Iterator<Item = i64> {
    std::iter::successors(Some(from), move |number| number.checked_add(step)).take_while(move |number| *number <= to)
}

/// The first number of a range at or after another.
fn first_of((from, to, step): &Range, least: i64) -> Option<i64> {
    let beyond = least.saturating_sub(*from).max(0);
    let steps = beyond.checked_div(*step)?.saturating_add(i64::from(beyond.checked_rem(*step)? != 0));
    Some(from.saturating_add(steps.saturating_mul(*step))).filter(|number| number <= to)
}

fn ranges(text: &str, (low, high): (i64, i64)) -> Option<Vec<Range>> {
    if text.len() > 256 {
        return None;
    }
    let range = |part: &str| {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, number(step).filter(|step| *step > 0)?),
            None => (part, 1),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (low, high),
            Some((from, to)) => (number(from)?, number(to)?),
            None => (number(range)?, if step == 1 { number(range)? } else { high }),
        };
        (low <= from && from <= to && to <= high).then_some((from, to, step))
    };
    text.split(',').map(range).collect()
}

fn number(text: &str) -> Option<i64> {
    if text.is_empty() || text.len() > 4 || !text.bytes().all(|b| b.is_ascii_digit()) {
        None
    } else {
        text.parse().ok()
    }
}

#[cfg(test)]
mod tests;
