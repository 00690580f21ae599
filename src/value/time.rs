//! Instants as the standard writes them (TS-0004 6.3.3, basic ISO 8601 in UTC).

#![allow(clippy::arithmetic_side_effects, reason = "the calendar: fields are checked before they are counted with")]

use std::fmt;

use super::{Duration, Value};

const MICROS: i64 = 1_000_000;
const DAY: i64 = 86_400;

/// An instant: microseconds since 1970-01-01T00:00:00 UTC.
///
/// On the wire it is `20261120T160743,123456` (`m2m:timestamp`, TS-0004 table 6.3.3-1): basic format, UTC without a
/// designator, the fraction after a comma.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The last instant that four digits of a year can say.
    pub const MAX: Self = Self(253_402_300_799 * MICROS + 999_999);

    /// The instant so many microseconds after 1970.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970.
    #[must_use]
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(MICROS)
    }

    /// What the clock of this machine says. The engine never calls this; whoever drives the engine does.
    #[must_use]
    pub fn now() -> Self {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Self(since.map_or(0, |since| i64::try_from(since.as_micros()).unwrap_or(i64::MAX)))
    }

    /// This instant and a while later; never beyond [`Timestamp::MAX`].
    #[must_use]
    pub const fn plus_micros(self, micros: i64) -> Self {
        let sum = self.0.saturating_add(micros);
        if sum > Self::MAX.0 { Self::MAX } else { Self(sum) }
    }

    /// This instant and so many seconds later.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        self.plus_micros(seconds.saturating_mul(MICROS))
    }

    /// Reads `YYYYMMDDThhmmss`, with or without `,f…` or `.f…`, with or without a final `Z`. Digits of the fraction
    /// beyond the sixth are cut.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_suffix('Z').unwrap_or(text);
        let (whole, fraction) = match text.split_once([',', '.']) {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (text, None),
        };
        let (date, clock) = whole.split_once('T')?;
        if date.len() != 8 || clock.len() != 6 {
            return None;
        }
        let number = |text: &str, from: usize, to: usize| digits(text.get(from..to)?);
        let (year, month, day) = (number(date, 0, 4)?, number(date, 4, 6)?, number(date, 6, 8)?);
        let (hour, minute, second) = (number(clock, 0, 2)?, number(clock, 2, 4)?, number(clock, 4, 6)?);
        if !(1..=12).contains(&month) || !(1..=days_in_month(year, month)).contains(&day) {
            return None;
        }
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let seconds = days_from_civil(year, month, day) * DAY + hour * 3600 + minute * 60 + second;
        Some(Self(seconds * MICROS + fraction.map_or(Some(0), micros_of_fraction)?))
    }

    /// Year, month (1–12), day (1–31), hour, minute, second and weekday (0 is Sunday), in UTC.
    #[must_use]
    pub const fn civil(self) -> Civil {
        let seconds = self.as_seconds();
        let days = seconds.div_euclid(DAY);
        let of_day = seconds.rem_euclid(DAY);
        let (year, month, day) = civil_from_days(days);
        Civil {
            year,
            month,
            day,
            hour: of_day / 3600,
            minute: of_day / 60 % 60,
            second: of_day % 60,
            weekday: (days + 4).rem_euclid(7),
        }
    }
}

/// An instant taken apart, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    /// Year.
    pub year: i64,
    /// Month, 1 to 12.
    pub month: i64,
    /// Day of the month, 1 to 31.
    pub day: i64,
    /// Hour, 0 to 23.
    pub hour: i64,
    /// Minute, 0 to 59.
    pub minute: i64,
    /// Second, 0 to 59.
    pub second: i64,
    /// Day of the week; 0 is Sunday.
    pub weekday: i64,
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.civil();
        let micros = self.0.rem_euclid(MICROS);
        let mut text = *b"00000000T000000,000000";
        let mut put = |from: usize, width: usize, mut number: i64| {
            for place in text.iter_mut().skip(from).take(width).rev() {
                // A remainder of ten is one digit.
                *place = b'0'.saturating_add(u8::try_from(number.rem_euclid(10)).unwrap_or(0));
                number = number.div_euclid(10);
            }
        };
        put(0, 4, at.year);
        put(4, 2, at.month);
        put(6, 2, at.day);
        put(9, 2, at.hour);
        put(11, 2, at.minute);
        put(13, 2, at.second);
        put(16, 6, micros);
        f.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl From<Timestamp> for Value {
    fn from(at: Timestamp) -> Self {
        Self::Text(at.to_string())
    }
}

/// `m2m:absRelTimestamp` (TS-0004 table 6.3.3-1): an instant, or a while from when the request set out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AbsRelTimestamp {
    /// A fixed instant.
    At(Timestamp),
    /// So many milliseconds after now.
    After(i64),
}

impl AbsRelTimestamp {
    /// Reads a timestamp or a number of milliseconds; or what peers send here too: an ISO 8601 duration, or milliseconds with
    /// a fraction, which is passed over.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(at) = Timestamp::parse(text) {
            return Some(Self::At(at));
        }
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let unsigned = whole.strip_prefix(['+', '-']).unwrap_or(whole);
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if digits(unsigned) && digits(fraction) {
            return whole.parse().ok().map(Self::After);
        }
        Duration::parse(text).map(|while_| Self::After(while_.as_micros() / 1000))
    }

    /// The instant meant, when the request came at `now`.
    #[must_use]
    pub const fn resolve(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::After(millis) => now.plus_micros(millis.saturating_mul(1000)),
        }
    }
}

fn digits(text: &str) -> Option<i64> {
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}

fn micros_of_fraction(fraction: &str) -> Option<i64> {
    if fraction.len() > 32 || digits(fraction.get(..fraction.len().min(9))?).is_none() {
        return None;
    }
    let mut micros = 0;
    let mut places = fraction.bytes();
    for _ in 0..6 {
        micros = micros * 10 + places.next().map_or(0, |b| i64::from(b.wrapping_sub(b'0')));
    }
    places.all(|b| b.is_ascii_digit()).then_some(micros)
}

const fn is_leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

const fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar, counted in years that begin in March.
pub(super) const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

const fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_standards_own_spelling_is_read_and_written() {
        let at = Timestamp::parse("20261120T160743,123456").unwrap();
        assert_eq!(at.to_string(), "20261120T160743,123456");
        assert_eq!(at.as_seconds(), 1_795_190_863);
        assert_eq!(Timestamp::parse("20261120T160743"), Some(at.plus_micros(-123_456)));
        assert_eq!(Timestamp::parse("20261120T160743.5Z").unwrap().to_string(), "20261120T160743,500000");
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        for text in
            ["20260230T000000", "20261301T000000", "20260101T240000", "2026-01-01T00:00:00", "", "T", "20260101T0000é"]
        {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
        assert!(Timestamp::parse("20240229T235959,999999").is_some());
        assert!(Timestamp::parse("20230229T000000").is_none());
        assert!(Timestamp::parse("20230228T000000,12x").is_none());
    }

    #[test]
    fn relative_times_are_milliseconds_or_durations() {
        let now = Timestamp::parse("20260101T000000").unwrap();
        let after = |text: &str| AbsRelTimestamp::parse(text).unwrap().resolve(now).to_string();
        assert_eq!(after("2000"), "20260101T000002,000000");
        assert_eq!(after("-1000"), "20251231T235959,000000");
        assert_eq!(after("PT1M"), "20260101T000100,000000");
        assert_eq!(AbsRelTimestamp::parse("1500.7"), Some(AbsRelTimestamp::After(1500)));
        assert_eq!(AbsRelTimestamp::parse("1500."), None);
        assert_eq!(AbsRelTimestamp::parse("soon"), None);
    }

    #[test]
    fn the_weekday_is_known() {
        assert_eq!(Timestamp::parse("20261121T013000").unwrap().civil().weekday, 6);
        assert_eq!(Timestamp::from_micros(0).civil().weekday, 4);
    }

    proptest! {
        #[test]
        fn every_instant_survives_its_spelling(micros in 0..=Timestamp::MAX.as_micros()) {
            let at = Timestamp::from_micros(micros);
            prop_assert_eq!(Timestamp::parse(&at.to_string()), Some(at));
        }

        #[test]
        fn no_text_makes_the_parsers_panic(text in ".{0,40}") {
            let _ = Timestamp::parse(&text);
            let _ = AbsRelTimestamp::parse(&text);
            let _ = Duration::parse(&text);
        }
    }
}
