//! Points in time by pattern: the seven fields of `m2m:scheduleEntry` (TS-0004 table 6.3.3-1).

use super::Timestamp;

/// `second minute hour day-of-month month day-of-week year`, each a `*`, a number, a list, a range or a step, in UTC.
/// All seven fields have to match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleEntry {
    fields: [Field; 7],
}

const LIMITS: [(i64, i64); 7] = [(0, 59), (0, 59), (0, 23), (1, 31), (1, 12), (0, 7), (1970, 9999)];
const NAMES: [&str; 7] = ["second", "minute", "hour", "day of month", "month", "day of week", "year"];

/// Inclusive ranges with a step; `None` is `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Field(Option<Vec<(i64, i64, i64)>>);

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
            Field::parse(text, limits).ok_or_else(|| {
                format!("{name}: expected *, a number, a-b, */n or a list of these within {} to {}", limits.0, limits.1)
            })
        };
        Ok(Self { fields: [read(0, a)?, read(1, b)?, read(2, c)?, read(3, d)?, read(4, e)?, read(5, f)?, read(6, g)?] })
    }

    /// Whether an instant lies within. Every field counts: a window on the minute does not open on the hour alone.
    #[must_use]
    pub fn matches(&self, at: Timestamp) -> bool {
        let c = at.civil();
        let values = [c.second, c.minute, c.hour, c.day, c.month, c.weekday, c.year];
        self.fields.iter().zip(values).enumerate().all(|(place, (field, value))| {
            // Sunday is 0 and 7.
            field.matches(value) || (place == 5 && value == 0 && field.matches(7))
        })
    }
}

impl Field {
    fn parse(text: &str, (low, high): (i64, i64)) -> Option<Self> {
        if text == "*" {
            return Some(Self(None));
        }
        if text.len() > 256 {
            return None;
        }
        let ranges: Option<Vec<_>> = text
            .split(',')
            .map(|part| {
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
            })
            .collect();
        ranges.map(|ranges| Self(Some(ranges)))
    }

    fn matches(&self, value: i64) -> bool {
        self.0.as_ref().is_none_or(|ranges| {
            ranges.iter().any(|(from, to, step)| {
                (*from..=*to).contains(&value) && value.saturating_sub(*from).checked_rem(*step) == Some(0)
            })
        })
    }
}

fn number(text: &str) -> Option<i64> {
    if text.is_empty() || text.len() > 4 || !text.bytes().all(|b| b.is_ascii_digit()) {
        None
    } else {
        text.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(entry: &str, at: &str) -> bool {
        ScheduleEntry::parse(entry).unwrap().matches(Timestamp::parse(at).unwrap())
    }

    #[test]
    fn all_seven_fields_have_to_match() {
        assert!(matches("* * * * * * *", "20261121T013000"));
        assert!(matches("* * 1 21 11 6 2026", "20261121T013000"));
        assert!(!matches("* * 2 21 11 6 2026", "20261121T013000"));
        assert!(!matches("* * * * * 0 *", "20261121T013000"));
        assert!(matches("0 */15 1-3 * * * *", "20261121T013000"));
        assert!(matches("* 10,30 * * * * *", "20261121T013000"));
        assert!(matches("* * * * * 7 *", "20261122T000000"));
    }

    #[test]
    fn what_is_no_schedule_is_refused() {
        for entry in [
            "",
            "* * * * 11 *",
            "60 * * * * * *",
            "* * * * * * * *",
            "a * * * * * *",
            "5-1 * * * * * *",
            "*/0 * * * * * *",
        ] {
            assert!(ScheduleEntry::parse(entry).is_err(), "{entry}");
        }
    }
}
