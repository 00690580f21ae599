//! Some thousand days from seeds, on stable. A day that goes wrong is made short and written down as a recording.

use std::panic::{AssertUnwindSafe, catch_unwind};

use onem2m_cse::store::fjall::{FjallConfig, FjallStore};
use onem2m_cse_model::sequence::{
    Deed, MOST, Mistake, Paper, Tally, bytes_of, play, play_faulty, play_over, play_with, shrink, torn,
};

/// xorshift64*: any source of chance will do, as long as it is the same each time.
struct Dice(u64);

impl Dice {
    fn byte(&mut self) -> u8 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 56) as u8
    }

    fn day(&mut self) -> Vec<Deed> {
        let length = usize::from(self.byte()) % MOST;
        // Two AEs with a container each come first, and sometimes a group and a polling channel: without them there is little
        // to do.
        let mut first = vec![[0, 0, 0, 9, 9, 9], [0, 1, 0, 9, 9, 9], [2, 4, 0, 9, 9, 9], [2, 4, 1, 9, 9, 9]];
        let also = self.byte();
        if also & 1 == 0 {
            first.push([24, 4, 0, self.byte(), 0, 9]);
        }
        if also & 6 == 0 {
            first.extend([[29, 4, 0, 9, 9, 2], [10, 4, 0, 0, 8, 9]]);
        }
        first.into_iter().chain((0..length).map(|_| std::array::from_fn(|_| self.byte()))).collect()
    }
}

fn outcome(deeds: &[Deed]) -> Result<Tally, String> {
    catch_unwind(AssertUnwindSafe(|| play(deeds, None))).unwrap_or_else(|_| Err("it panics".into()))
}

#[test]
fn on_thousands_of_days_the_engine_does_what_the_model_does() {
    let days: u64 = std::env::var("DAYS").ok().and_then(|days| days.parse().ok()).unwrap_or(120);
    let first: u64 = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let mut all = Tally::default();
    for seed in first..first + days {
        let day = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1).day();
        match outcome(&day) {
            Ok(tally) => {
                all.requests += tally.requests;
                all.dispatched += tally.dispatched;
                all.successes += tally.successes;
                all.told += tally.told;
            }
            Err(_) => fail(seed, &day),
        }
    }
    println!("{days} days: {all:?}");
    assert!(all.dispatched * 10 >= all.requests * 9, "too few requests reach their operation: {all:?}");
    assert!(all.successes * 4 >= all.requests && all.told * 200 >= all.requests, "little happens: {all:?}");
}

fn fail(seed: u64, day: &[Deed]) {
    let short = shrink(day, |deeds| outcome(deeds).is_err());
    let paper = Paper::default();
    let difference = catch_unwind(AssertUnwindSafe(|| play(&short, Some(&paper))))
        .map_or_else(|_| "it panics".into(), |o| format!("{o:?}"));
    let file = std::env::temp_dir().join(format!("day-{seed}.jsonl"));
    std::fs::write(&file, paper.text()).unwrap();
    panic!("day {seed}: {difference}\n{short:?}\nrecorded in {}", file.display());
}

#[test]
fn a_day_and_its_recording_are_the_same() {
    for seed in 1..20 {
        let day = Dice(seed * 77_777 + 1).day();
        let paper = Paper::default();
        play(&day, Some(&paper)).unwrap();
        let text = paper.text();
        let replayed = onem2m_cse::replay::replay(&text[..]).unwrap_or_else(|stopped| panic!("{stopped}"));
        assert!(replayed.requests > 0);
        let mut again = Vec::new();
        onem2m_cse::replay::perform(&text[..], &mut again).unwrap();
        assert!(again.starts_with(&text), "byte for byte");
        assert_eq!(bytes_of(&text).unwrap(), day.concat(), "the input comes back out of its recording");
    }
}

#[test]
fn what_was_acknowledged_stays_and_nothing_is_half_done_whichever_commit_fails() {
    let days: u64 = std::env::var("DAYS").ok().and_then(|days| days.parse().ok()).unwrap_or(60);
    let first: u64 = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    for seed in first..first + days {
        let day = Dice(seed * 1_000_003).day();
        let outcome = |deeds: &[Deed]| {
            catch_unwind(AssertUnwindSafe(|| play_faulty(deeds))).unwrap_or_else(|_| Err("it panics".into()))
        };
        if outcome(&day).is_err() {
            let short = shrink(&day, |deeds| outcome(deeds).is_err());
            panic!("day {seed}: {:?}\n{short:?}", outcome(&short));
        }
    }
}

#[test]
fn each_mistake_that_is_made_on_purpose_is_noticed() {
    for mistake in Mistake::ALL {
        let day = |seed: u64| Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1).day();
        let spoilt = |seed: u64| {
            let day = day(seed);
            catch_unwind(AssertUnwindSafe(|| play_with(mistake, &day))).is_ok_and(|outcome| outcome.is_ok())
        };
        let passed = (1..400).take_while(|seed| spoilt(*seed)).count();
        println!("{mistake:?} is noticed on day {}", passed + 1);
        assert!(passed < 399, "nobody notices {mistake:?}");
    }
}

#[test]
fn what_was_synced_stays_and_nothing_is_half_done_wherever_the_journal_ends() {
    for seed in 1..5 {
        let folder = tempfile::tempdir().unwrap();
        let mut dice = Dice(seed * 40_503);
        let day: Vec<Deed> = dice.day().into_iter().take(50).collect();
        let cuts: Vec<u32> = (0..12).map(|_| u32::from_le_bytes(std::array::from_fn(|_| dice.byte()))).collect();
        let commits = torn(&day, &folder.path().join("a"), &cuts, true);
        let commits = commits.unwrap_or_else(|difference| panic!("day {seed}: {difference}"));
        assert!(commits > 10, "little was written: {commits}");
        assert!(torn(&day, &folder.path().join("b"), &cuts, false).is_err(), "a lie is noticed");
    }
}

#[test]
fn a_durable_store_does_what_the_model_does() {
    for seed in 1..6 {
        let folder = tempfile::tempdir().unwrap();
        let store = FjallStore::open(folder.path(), &FjallConfig::small()).unwrap();
        play_over(store, &Dice(seed * 31_337).day()).unwrap_or_else(|difference| panic!("day {seed}: {difference}"));
    }
}
