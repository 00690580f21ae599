//! A receiver of notifications that survives what it listens to.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::dice::Dice;

/// How long it takes at most until everything has come: a target that failed three times rests for five seconds.
const PATIENCE: Duration = Duration::from_secs(40);

#[derive(Default)]
struct State {
    /// The contents of the instances that were told, by the path that was called, in the order in which they came.
    heard: Mutex<BTreeMap<String, Vec<String>>>,
    news: Condvar,
    moody: AtomicBool,
}

/// A receiver. Its thread ends with the test.
pub struct Listener {
    state: Arc<State>,
    address: String,
}

impl Listener {
    pub fn start(dice: &mut Dice) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let state = Arc::new(State::default());
        let (of_thread, mut dice) = (Arc::clone(&state), dice.fork());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (state, dice) = (Arc::clone(&of_thread), dice.fork());
                thread::spawn(move || serve(&state, stream.unwrap(), dice));
            }
        });
        Self { state, address }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Whether it answers late and hangs up at random.
    pub fn is_moody(&self, moody: bool) {
        self.state.moody.store(moody, Ordering::SeqCst);
    }

    /// What came at a path for the first time, in this order.
    pub fn first_heard(&self, path: &str) -> Vec<String> {
        first(self.state.heard.lock().unwrap().get(path))
    }

    /// How much came at all paths, and how much of it for the first time.
    pub fn count(&self) -> (usize, usize) {
        let heard = self.state.heard.lock().unwrap();
        let all = heard.values().map(Vec::len).sum();
        (all, heard.values().map(|list| first(Some(list)).len()).sum())
    }

    /// Waits until so many different ones came at a path, and answers them.
    pub fn wait_for(&self, path: &str, count: usize) -> Vec<String> {
        let begun = Instant::now();
        let mut heard = self.state.heard.lock().unwrap();
        loop {
            let firsts = first(heard.get(path));
            let left = PATIENCE.saturating_sub(begun.elapsed());
            if firsts.len() >= count || left.is_zero() {
                return firsts;
            }
            heard = self.state.news.wait_timeout(heard, left).unwrap().0;
        }
    }
}

fn first(list: Option<&Vec<String>>) -> Vec<String> {
    let mut seen = std::collections::BTreeSet::new();
    list.into_iter().flatten().filter(|content| seen.insert(*content)).cloned().collect()
}

fn serve(state: &State, stream: TcpStream, mut dice: Dice) {
    stream.set_nodelay(true).unwrap();
    let mut stream = BufReader::new(stream);
    // Whoever was killed in the middle of a request has told nothing.
    while let Some((path, body)) = receive(&mut stream) {
        let event = &body["m2m:sgn"]["nev"]["rep"]["m2m:cin"]["con"];
        if let Some(content) = event.as_str() {
            let moody = state.moody.load(Ordering::SeqCst);
            if moody && dice.one_in(60) {
                return;
            }
            state.heard.lock().unwrap().entry(path).or_default().push(content.to_owned());
            state.news.notify_all();
            if moody && dice.one_in(60) {
                return;
            }
            if moody && dice.one_in(10) {
                thread::sleep(Duration::from_millis(dice.below(30)));
            }
        }
        let answer = "HTTP/1.1 200 OK\r\nx-m2m-rsc: 2000\r\ncontent-length: 0\r\n\r\n";
        if stream.get_mut().write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// The path and the body of a request that came whole.
fn receive(stream: &mut BufReader<TcpStream>) -> Option<(String, Value)> {
    let (mut path, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok().filter(|_| line.ends_with('\n'))?;
        if line.trim_end().is_empty() {
            break;
        }
        match line.trim_end().split_once(": ") {
            None => path = line.split(' ').nth(1)?.to_owned(),
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.parse().ok()?,
            Some(_) => {}
        }
    }
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes).ok()?;
    Some((path, serde_json::from_slice(&bytes).unwrap()))
}
