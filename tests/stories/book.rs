//! Reads the book of stories.

use onem2m_cse::codec::{json, primitive};
use onem2m_cse::primitive::Request;
use onem2m_cse::value::{Map, Value};

const BOOK: &str = include_str!("book.txt");

/// Some requests that belong together.
pub struct Story {
    pub name: String,
    pub lines: Vec<Line>,
    number: usize,
}

/// One request of a story.
pub struct Line {
    pub text: String,
    pub request: Request,
    pub status: u16,
}

impl Story {
    /// The request that makes the story's AE.
    pub fn registration(&self) -> Request {
        let ae = format!(r#"{{"m2m:ae":{{"rn":"s{0:02}","api":"Nstory","rr":false,"srv":["3"]}}}}"#, self.number);
        let line = format!("Cs{:02} C cse-in ty=2 {ae} => 2001", self.number);
        Line::read(&line, self.number, "registration").request
    }
}

/// All stories.
pub fn read() -> Vec<Story> {
    let mut stories: Vec<Story> = Vec::new();
    for text in BOOK.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        match text.strip_prefix("== ") {
            Some(name) => {
                stories.push(Story { name: name.to_owned(), lines: Vec::new(), number: stories.len() + 1 });
            }
            None => {
                let story = stories.last_mut().expect("a story before its first line");
                let identifier = format!("{}-{}", story.number, story.lines.len() + 1);
                story.lines.push(Line::read(text, story.number, &identifier));
            }
        }
    }
    stories
}

impl Line {
    fn read(text: &str, story: usize, identifier: &str) -> Self {
        let (asked, status) = text.rsplit_once(" => ").unwrap_or_else(|| panic!("no status code: {text}"));
        let asked = asked.replace('$', &format!("cse-in/s{story:02}")).replace('@', &format!("Cs{story:02}"));
        let (head, content) = match asked.find(" {") {
            Some(at) if !asked[..at].ends_with("rt=") => (&asked[..at], Some(&asked[at + 1..])),
            _ => (asked.as_str(), None),
        };
        let mut words = words(head).into_iter();
        let mut next = || words.next().unwrap_or_else(|| panic!("too few words: {text}"));
        let (who, operation, to) = (next(), next(), next());
        let operation = "CRUDN".find(&operation).unwrap_or_else(|| panic!("no operation: {text}")) + 1;
        let mut members = Map::from_iter([
            ("op", Value::from(i64::try_from(operation).unwrap())),
            ("to", Value::from(to)),
            ("rqi", Value::from(identifier.to_owned())),
            ("rvi", Value::from("3")),
        ]);
        if who != "-" {
            members.push("fr", who);
        }
        let mut conditions = Map::new();
        for word in words {
            let (name, value) = word.split_once('=').unwrap_or_else(|| panic!("{word:?} is no parameter: {text}"));
            let value = plain(value);
            match name.strip_prefix("fc.") {
                Some(condition) => conditions.push(condition.to_owned(), value),
                None => members.set(name.to_owned(), value),
            }
        }
        if !conditions.is_empty() {
            members.push("fc", conditions);
        }
        if let Some(content) = content {
            members
                .push("pc", json::decode(stretched(content).as_bytes(), 64).unwrap_or_else(|e| panic!("{e}: {text}")));
        }
        Self { text: text.to_owned(), request: request_of(members, text), status: status.trim().parse().unwrap() }
    }
}

/// A primitive that can be said over every binding: what is malformed is a matter of each one's own tests.
fn request_of(members: Map, text: &str) -> Request {
    primitive::to_request(&members.into()).unwrap_or_else(|rejection| panic!("{rejection}: {text}"))
}

/// JSON, or else text.
fn plain(word: &str) -> Value {
    json::decode(word.as_bytes(), 64).unwrap_or_else(|_| word.into())
}

/// `%4000%` stands for so many characters.
fn stretched(content: &str) -> String {
    let parts: Vec<&str> = content.split('%').collect();
    match parts.as_slice() {
        [before, length, after] if length.parse::<usize>().is_ok() => {
            let length = length.parse().unwrap();
            let long: String = "0123456789 abcdef".chars().cycle().take(length).collect();
            format!("{before}{long}{after}")
        }
        _ => content.to_owned(),
    }
}

/// Words with spaces between, but for those in quotes.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut quoted) = (vec![String::new()], false);
    for c in text.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                // Within JSON they belong to the value.
                if !words.last().unwrap().contains(['[', '{']) {
                    continue;
                }
            }
            ' ' if !quoted => {
                words.push(String::new());
                continue;
            }
            _ => {}
        }
        words.last_mut().unwrap().push(c);
    }
    words.retain(|word| !word.is_empty());
    words
}
