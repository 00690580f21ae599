//! The program is killed while it tells others of what was created: every event reaches every target, in order, and
//! there is no event without its instance.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::dice::Dice;
use crate::http;
use crate::listener::Listener;
use crate::process::{Running, check};

/// Containers, and for each its subscriptions with their targets. Those behind a `!` are moody.
const CONTAINERS: [(&str, &[&[&str]]); 4] = [
    ("alone", &[&["/alone"]]),
    ("pair", &[&["/pair/steady", "!/pair/moody"]]),
    ("moody", &[&["!/moody"]]),
    ("twice", &[&["/twice/a"], &["/twice/b"]]),
];
/// One for each target of each subscription.
const LANES: usize = 6;
/// How many write to each container.
const WRITERS: usize = 2;
/// How many instances each creates in one round at most: with twenty rounds, one listing shows them all.
const MOST: usize = 20;
/// Rounds on one data directory.
const LIFE: u64 = 20;

struct Listeners {
    steady: Listener,
    moody: Listener,
}

impl Listeners {
    fn of<'a>(&self, target: &'a str) -> (&Listener, &'a str) {
        target.strip_prefix('!').map_or((&self.steady, target), |path| (&self.moody, path))
    }
}

pub fn every_event_reaches_every_target(rounds: u64, mut dice: Dice) {
    for begun in (0..rounds).step_by(LIFE as usize) {
        life((rounds - begun).min(LIFE), &mut dice);
    }
}

fn life(rounds: u64, dice: &mut Dice) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let listeners = Listeners { steady: Listener::start(dice), moody: Listener::start(dice) };
    furnish(&data, &listeners);
    listeners.moody.is_moody(true);
    let acknowledged = Mutex::new(BTreeSet::new());
    for round in 0..rounds {
        if dice.one_in(5) {
            Running::spawn(&data).kill_after(Duration::from_millis(dice.below(60)));
        }
        let running = Running::start(&data);
        // In the other rounds the load meets what was left over from the last one.
        if dice.one_in(2) {
            verify(&running, &listeners, false, &acknowledged);
        }
        play(round, running, dice, &acknowledged);
    }
    listeners.moody.is_moody(false);
    let running = Running::start(&data);
    // When the last one has come, everything before it was answered.
    for (container, _) in CONTAINERS {
        let mut http = http::Client::connect(&running.address).unwrap();
        create(&mut http, container, "the last one", &acknowledged).unwrap();
    }
    verify(&running, &listeners, true, &acknowledged);
    running.terminate();
    let said = check(&data);
    assert!(said.contains(&format!("\n0 notifications wait in {LANES} lanes\n")), "{said}");
    let ((steady, of_them), (moody, of_these)) = (listeners.steady.count(), listeners.moody.count());
    println!(
        "{} acknowledged; told {of_them} of {steady}, {of_these} of {moody} once",
        acknowledged.lock().unwrap().len()
    );
    assert!(of_these > rounds as usize, "there was load");
}

fn furnish(data: &Path, listeners: &Listeners) {
    let running = Running::start(data);
    let mut http = http::Client::connect(&running.address).unwrap();
    for (container, subscriptions) in CONTAINERS {
        let answer = http.send("POST", "/cse-in", Some(3), Some(&json!({"m2m:cnt": {"rn": container}}))).unwrap();
        assert_eq!(answer.code, 2001, "{}", answer.body);
        for targets in subscriptions {
            let url = |target| -> String {
                let (listener, path) = listeners.of(target);
                listener.url(path)
            };
            let urls: Vec<String> = targets.iter().map(|target| url(target)).collect();
            let subscription = json!({"m2m:sub": {"nu": urls, "enc": {"net": [3]}}});
            let answer = http.send("POST", &format!("/cse-in/{container}"), Some(23), Some(&subscription)).unwrap();
            assert_eq!(answer.code, 2001, "{}", answer.body);
        }
    }
    running.terminate();
}

/// Load from all sides, and the end in the middle of it or of what follows from it.
fn play(round: u64, running: Running, dice: &mut Dice, acknowledged: &Mutex<BTreeSet<(String, String)>>) {
    let address = running.address.clone();
    thread::scope(|scope| {
        for (container, _) in CONTAINERS {
            for writer in 0..WRITERS {
                let address = &address;
                scope.spawn(move || {
                    let Ok(mut http) = http::Client::connect(address) else { return };
                    for number in 0..MOST {
                        let content = format!("{round}-{writer}-{number}");
                        if create(&mut http, container, &content, acknowledged).is_none() {
                            return;
                        }
                    }
                });
            }
        }
        thread::sleep(Duration::from_micros(2_000 + dice.below(248_000)));
        running.kill();
    });
}

/// Nothing when there is no answer.
fn create(
    http: &mut http::Client,
    container: &str,
    content: &str,
    acknowledged: &Mutex<BTreeSet<(String, String)>>,
) -> Option<()> {
    let instance = json!({"m2m:cin": {"con": content}});
    let answer = http.send("POST", &format!("/cse-in/{container}"), Some(4), Some(&instance)).ok()?;
    assert_eq!(answer.code, 2001, "{}", answer.body);
    acknowledged.lock().unwrap().insert((container.to_owned(), content.to_owned()));
    Some(())
}

/// What came is what is there, in the order in which it was created. The moody target may take its time until the end.
fn verify(running: &Running, listeners: &Listeners, end: bool, acknowledged: &Mutex<BTreeSet<(String, String)>>) {
    let mut http = http::Client::connect(&running.address).unwrap();
    for (container, subscriptions) in CONTAINERS {
        let listed = listed(&mut http, container);
        for (_, content) in acknowledged.lock().unwrap().iter().filter(|(of, _)| of == container) {
            assert!(listed.contains(content), "{container}: {content} was acknowledged and is lost");
        }
        for target in subscriptions.iter().copied().flatten() {
            let (listener, path) = listeners.of(target);
            let patient = end || !target.starts_with('!');
            let heard = if patient { listener.wait_for(path, listed.len()) } else { listener.first_heard(path) };
            let fits = if patient { heard == listed } else { listed.starts_with(&heard) };
            assert!(fits, "{path}: told {heard:?}\nof {listed:?}");
        }
    }
}

/// The contents of a container's instances, oldest first.
fn listed(http: &mut http::Client, container: &str) -> Vec<String> {
    let answer = http.get(&format!("/cse-in/{container}?rcn=4&ty=4")).unwrap();
    assert_eq!(answer.code, 2000, "{}", answer.body);
    let instances = answer.body["m2m:cnt"]["m2m:cin"].as_array().into_iter().flatten();
    instances.map(|instance| instance["con"].as_str().unwrap().to_owned()).collect()
}
