//! Stories, and random patterns held against somebody who looks at every second.

use proptest::prelude::*;

use super::*;

fn entry(text: &str) -> ScheduleEntry {
    ScheduleEntry::parse(text).unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn matches(text: &str, instant: &str) -> bool {
    entry(text).matches(at(instant))
}

fn next(text: &str, from: &str) -> Option<String> {
    entry(text).next(at(from)).map(|at| at.to_string().trim_end_matches(",000000").to_owned())
}

fn closes(text: &str, from: &str) -> Option<String> {
    entry(text).closes(at(from)).map(|at| at.to_string().trim_end_matches(",000000").to_owned())
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
    assert!(matches("* * * * * 5-7 *", "20261122T000000") && !matches("* * * * * 5-7 *", "20261123T000000"));
    assert!(matches("* * * * * * 2020/3", "20261122T000000") && !matches("* * * * * * 2020/4", "20261122T000000"));
}

#[test]
fn what_is_no_schedule_is_refused() {
    for entry in
        ["", "* * * * 11 *", "60 * * * * * *", "* * * * * * * *", "a * * * * * *", "5-1 * * * * * *", "*/0 * * * * * *"]
    {
        assert!(ScheduleEntry::parse(entry).is_err(), "{entry}");
    }
}

#[test]
fn an_instant_that_matches_is_its_own_answer() {
    assert_eq!(next("* * * * * * *", "20261121T013000,5").unwrap(), "20261121T013000,500000");
    assert_eq!(next("0 * * * * * *", "20261121T013000,5").unwrap(), "20261121T013000,500000");
    assert_eq!(next("1 * * * * * *", "20261121T013000,5").unwrap(), "20261121T013001");
    assert_eq!(next("0 * * * * * *", "20261121T013001").unwrap(), "20261121T013100");
}

#[test]
fn the_office_opens_on_monday() {
    let office = "* * 9-16 * * 1-5 *";
    assert_eq!(next(office, "20261121T120000").unwrap(), "20261123T090000");
    assert_eq!(next(office, "20261120T170000").unwrap(), "20261123T090000");
    assert_eq!(closes(office, "20261123T090000").unwrap(), "20261123T170000");
    assert_eq!(closes(office, "20261121T120000").unwrap(), "20261121T120000");
}

#[test]
fn the_leap_day_comes_every_fourth_year() {
    assert_eq!(next("0 0 0 29 2 * *", "20240229T000001").unwrap(), "20280229T000000");
    assert_eq!(next("0 0 0 29 2 * *", "20960301T000000").unwrap(), "21040229T000000");
    assert_eq!(next("0 0 0 29 2 0 *", "20260101T000000").unwrap(), "20320229T000000");
    assert_eq!(next("0 0 0 29 2 * 2025-2027", "20240301T000000"), None);
    assert_eq!(next("* * * 30 2 * *", "20260101T000000"), None);
    assert_eq!(closes("* * * 29 2 * *", "20240229T120000").unwrap(), "20240301T000000");
}

#[test]
fn sunday_is_0_and_7() {
    for sunday in ["* * * * * 0 *", "* * * * * 7 *"] {
        assert_eq!(next(sunday, "20261121T013000").unwrap(), "20261122T000000");
        assert_eq!(closes(sunday, "20261122T000000").unwrap(), "20261123T000000");
    }
    assert_eq!(closes("* * * * * 1-7 *", "20261122T000000"), None);
    assert_eq!(closes("* * * * * 0-6 *", "20261122T000000"), None);
}

#[test]
fn after_the_year_9999_nothing_comes() {
    assert_eq!(next("0 0 0 1 1 * *", "99990101T000001"), None);
    assert_eq!(next("59 59 23 31 12 * *", "99990101T000001").unwrap(), "99991231T235959");
    assert_eq!(next("* * * * * * 2020", "20210101T000000"), None);
    assert_eq!(next("* * * * * * 9999", "20210101T000000").unwrap(), "99990101T000000");
    assert_eq!(closes("* * * * * * 2026-9999", "20260101T000000"), None);
    assert_eq!(closes("* * * * * * *", "99991231T235959"), None);
    assert_eq!(closes("* * * * * * 2026,2027,2029", "20260101T000000").unwrap(), "20280101T000000");
    let end = Timestamp::from_micros(i64::MAX);
    assert_eq!(entry("* * * * * * 2020").next(end), None);
    let _ = (entry("1 * * * * * *").next(end), entry("* * * * * * *").closes(end));
    let beginning = Timestamp::from_micros(i64::MIN);
    assert_eq!(entry("* * * * * * 2020").next(beginning), Some(at("20200101T000000")));
}

/// A field within its limits, a `*` as often as not.
fn field(place: usize) -> impl Strategy<Value = String> {
    let (low, high) = if place == 6 { (2023, 2030) } else { LIMITS[place] };
    let part = prop_oneof![
        (low..=high).prop_map(|number| number.to_string()),
        (low..=high, low..=high).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b))),
        (1_i64..9).prop_map(|step| format!("*/{step}")),
        (low..=high, 1_i64..9).prop_map(|(from, step)| format!("{from}/{step}")),
    ];
    prop_oneof![2 => Just("*".to_owned()), 1 => prop::collection::vec(part, 1..4).prop_map(|parts| parts.join(","))]
}

fn pattern() -> impl Strategy<Value = String> {
    let fields = (field(0), field(1), field(2), field(3), field(4), field(5), field(6));
    fields.prop_map(|(a, b, c, d, e, f, g)| [a, b, c, d, e, f, g].join(" "))
}

/// The first second at or after one that has what is asked for, within so many steps of a size that divides every change.
fn look(entry: &ScheduleEntry, wanted: bool, from: i64, step: i64, steps: i64) -> Option<i64> {
    (0..steps).map(|count| from + count * step).find(|s| entry.matches(Timestamp::from_micros(s * 1_000_000)) == wanted)
}

proptest! {
    #[test]
    fn next_and_closes_are_what_looking_at_every_second_finds(text in pattern(), from in 1_700_000_000_i64..1_900_000_000) {
        const RANGE: i64 = 20_000;
        let entry = entry(&text);
        let start = Timestamp::from_micros(from * 1_000_000);
        for (wanted, answer) in [(true, entry.next(start)), (false, entry.closes(start))] {
            let found = answer.map(Timestamp::as_seconds);
            match look(&entry, wanted, from, 1, RANGE) {
                Some(second) => prop_assert_eq!(found, Some(second)),
                None => prop_assert!(found.is_none_or(|second| second >= from + RANGE)),
            }
        }
    }

    #[test]
    fn the_right_day_is_found_years_ahead(
        (day, month, weekday, year) in (field(3), field(4), field(5), field(6)),
        from in 19_000_i64..22_000,
    ) {
        let entry = entry(&format!("* * * {day} {month} {weekday} {year}"));
        let start = Timestamp::from_micros(from * 86_400_000_000);
        for (wanted, answer) in [(true, entry.next(start)), (false, entry.closes(start))] {
            let found = answer.map(Timestamp::as_seconds);
            match look(&entry, wanted, from * 86_400, 86_400, 4_000) {
                Some(second) => prop_assert_eq!(found, Some(second)),
                None => prop_assert!(found.is_none_or(|second| second >= (from + 4_000) * 86_400)),
            }
        }
    }

    #[test]
    fn the_right_second_of_the_day_is_found(
        (second, minute, hour) in (field(0), field(1), field(2)),
        from in 0_i64..86_400,
        micros in 0_i64..1_000_000,
    ) {
        let entry = entry(&format!("{second} {minute} {hour} * * * *"));
        let start = Timestamp::from_micros(from * 1_000_000 + micros);
        for (wanted, answer) in [(true, entry.next(start)), (false, entry.closes(start))] {
            let expected = if entry.matches(start) == wanted {
                Some(start)
            } else {
                let found = look(&entry, wanted, from + 1, 1, 2 * 86_400);
                found.map(|second| Timestamp::from_micros(second * 1_000_000))
            };
            prop_assert_eq!(answer, expected);
        }
    }

    #[test]
    fn no_pattern_and_no_instant_make_it_panic(text in pattern(), wild in "[0-9*/, -]{0,40}", micros in any::<i64>()) {
        let from = Timestamp::from_micros(micros);
        let _ = (entry(&text).next(from), entry(&text).closes(from));
        if let Ok(entry) = ScheduleEntry::parse(&wild) {
            let _ = (entry.next(from), entry.closes(from));
        }
    }
}
