//! A client with a part of the tree of its own, and a hand in what all share.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::dice::Dice;
use crate::http;
use crate::shared::{BOUNDED, Post, UNBOUNDED};
use crate::tree::{Deed, Tree};

/// Time that all clients agree on: larger is later.
static CLOCK: AtomicU64 = AtomicU64::new(1);

fn tick() -> u64 {
    CLOCK.fetch_add(1, Ordering::SeqCst)
}

/// Somebody who writes down what was acknowledged, and what was not answered.
pub struct Client {
    pub number: usize,
    pub root: String,
    /// Acknowledged, all of it.
    pub tree: Tree,
    /// Asked for; the answer never came.
    pub in_doubt: Option<Deed>,
    /// Identifiers that must not come back.
    pub gone: Vec<String>,
    /// Acknowledged in this round.
    pub acknowledged: u64,
    dice: Dice,
    count: u64,
}

impl Client {
    pub fn new(number: usize, dice: Dice) -> Self {
        let (tree, gone) = (Tree::default(), Vec::new());
        let root = format!("/cse-in/k{number}");
        Self { number, root, tree, in_doubt: None, gone, acknowledged: 0, dice, count: 0 }
    }

    /// Works until the connection breaks. Answers its instances in the shared containers of the round.
    pub fn work(&mut self, address: &str, round: u64) -> Vec<Post> {
        let mut posts: Vec<Post> = Vec::new();
        let Ok(mut http) = http::Client::connect(address) else { return posts };
        loop {
            // As many as one listing can show, with all clients together.
            let going_on = if posts.len() < 100 && self.dice.one_in(3) {
                let board = *self.dice.one_of(&[BOUNDED, UNBOUNDED]);
                posts.push(Post { board, content: self.name(), sent: tick(), acknowledged: None });
                let post = posts.last_mut().unwrap();
                let deed = Deed::Instance { path: format!("/cse-in/{board}-{round}"), content: post.content.clone() };
                let answered = ask(&mut http, &deed).is_some();
                post.acknowledged = answered.then(tick);
                self.acknowledged += u64::from(answered);
                answered
            } else {
                self.act(&mut http)
            };
            if !going_on {
                return posts;
            }
        }
    }

    /// One operation on the part that is its own. Whether it was answered.
    fn act(&mut self, http: &mut http::Client) -> bool {
        let deed = self.choose();
        match ask(http, &deed) {
            Some(id) => {
                let gone = self.tree.apply(&deed, &id);
                self.gone.extend(gone);
                self.acknowledged += 1;
                true
            }
            None => {
                self.in_doubt = Some(deed);
                false
            }
        }
    }

    fn choose(&mut self) -> Deed {
        let paths: Vec<String> = self.tree.0.keys().cloned().collect();
        if paths.is_empty() {
            return Deed::Container { path: self.root.clone(), most: None };
        }
        let path = self.dice.one_of(&paths).clone();
        let instances = self.tree.0[&path].instances.clone();
        match self.dice.below(20) {
            0..=2 if paths.len() < 7 => {
                let name = self.name();
                Deed::Container { path: format!("{path}/{name}"), most: self.most(2) }
            }
            // Rarely the whole part.
            3 if path != self.root || self.dice.one_in(4) => Deed::DeleteContainer { path },
            4..=6 => {
                let labels = vec![self.name(), format!("of-{}", self.number)];
                Deed::Update { path, labels, most: self.most(3) }
            }
            7..=8 if !instances.is_empty() => {
                let id = self.dice.one_of(&instances).id.0.clone();
                Deed::DeleteInstance { path, id }
            }
            _ if instances.len() > 40 => Deed::Update { path, labels: vec!["full".into()], most: Some(5) },
            _ => Deed::Instance { path, content: self.content() },
        }
    }

    /// Now and then a number of instances that is the most.
    fn most(&mut self, times: u64) -> Option<usize> {
        let most = self.dice.below(12) as usize;
        self.dice.one_in(times).then_some(most + 1)
    }

    /// A text that nobody used before.
    fn name(&mut self) -> String {
        self.count += 1;
        format!("c{}-{}", self.number, self.count)
    }

    /// Content that nobody used before, of any length: much of it, so that table files get written.
    fn content(&mut self) -> String {
        let longest = *self.dice.one_of(&[8, 8, 8, 20_000]);
        let length = self.dice.below(longest) as usize;
        format!("{} {}", self.name(), "x".repeat(length))
    }
}

/// Sends a deed. The identifier of what was created, or nothing at all when there is no answer.
fn ask(http: &mut http::Client, deed: &Deed) -> Option<String> {
    let (method, path, ty, body) = deed.request();
    let answer = http.send(method, &path, ty, body.as_ref()).ok()?;
    assert_eq!(answer.code, deed.expected(), "{deed:?}: {}", answer.body);
    let created = answer.body.as_object().and_then(|body| body.values().next());
    Some(created.and_then(|created| created["ri"].as_str()).unwrap_or_default().to_owned())
}
