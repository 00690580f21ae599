//! The small languages inside values: addresses, names, times, schedules, media types.

use onem2m_cse::codec::format::{Format, MediaType};
use onem2m_cse::primitive::ReleaseVersion;
use onem2m_cse::value::{AbsRelTimestamp, Address, Duration, ScheduleEntry, Timestamp, is_resource_name};

/// A text as each of them.
pub fn words(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(address) = Address::parse(text) {
        assert!(address.segments().all(|segment| !segment.is_empty() || address.path().is_empty()), "{address:?}");
        // TS-0009 6.2.2.1: on the way of a URL these two words say what kind of address follows.
        if text.split('/').next().is_some_and(|first| matches!(first, "~" | "_")) {
            return;
        }
        let path = onem2m_cse::binding::http::mapping::to_path(text);
        let back = onem2m_cse::binding::http::mapping::from_path(&path);
        assert_eq!(back.as_deref(), Ok(text), "{path}");
    }
    assert!(!is_resource_name(text) || !text.contains('/'));
    if let Some(at) = Timestamp::parse(text) {
        // TS-0004 table 6.3.3-1: four digits of a year.
        assert!(at <= Timestamp::MAX);
        assert_eq!(Timestamp::parse(&at.to_string()), Some(at), "{text}");
    }
    let now = Timestamp::from_micros(1_795_000_000_000_000);
    if let Some(at) = AbsRelTimestamp::parse(text) {
        let _ = at.resolve(now).to_string();
    }
    if let Some(duration) = Duration::parse(text) {
        let _ = now.plus_micros(duration.as_micros()).to_string();
    }
    schedule(text, now);
    let _ = (Format::parse(text), MediaType::parse(text), ReleaseVersion::parse(text));
}

/// The next opening of a schedule is open, and not in the past; the moment before it, if it is later, is not.
fn schedule(text: &str, now: Timestamp) {
    let Ok(entry) = ScheduleEntry::parse(text) else { return };
    for from in [now, now.plus_seconds(86_399), Timestamp::from_micros(0), Timestamp::MAX] {
        if let Some(next) = entry.next(from) {
            assert!(next >= from, "{text}: {next} is before {from}");
            assert!(entry.matches(next), "{text}: closed at {next}, which is said to be its next opening");
            assert!(next == from || !entry.matches(from), "{text}: open at {from}, but said to open at {next}");
        }
        if let Some(end) = entry.closes(from) {
            assert!(end >= from, "{text}: closes at {end}, before {from}");
        }
    }
}
