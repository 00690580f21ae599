//! Answers that leave in blocks, kept while somebody fetches them (RFC 7959 2.4).

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::block::Block;
use crate::binding::coap::message::{Code, Parts};
use crate::binding::coap::options::{BLOCK2, Options, SIZE2};

#[derive(Debug)]
struct Download {
    peer: SocketAddr,
    code: Code,
    options: Options,
    answer: Parts,
    touched: Instant,
}

/// Answers of which a part has left.
#[derive(Debug)]
pub struct Downloads {
    kept: VecDeque<Download>,
    bytes: usize,
    most: usize,
    timeout: Duration,
}

/// Answers to one peer that are kept.
const PER_PEER: usize = 4;

impl Downloads {
    pub const fn new(most: usize, timeout: Duration) -> Self {
        Self { kept: VecDeque::new(), bytes: 0, most, timeout }
    }

    /// Keeps an answer. Its ETag tells it from the answer to a later request of the same words.
    pub fn keep(&mut self, now: Instant, peer: SocketAddr, code: Code, options: &Options, answer: &Parts) {
        self.retain(|kept| !(kept.peer == peer && kept.code == code && kept.options == *options));
        let of_peer = |kept: &Download| kept.peer == peer;
        if self.kept.iter().filter(|kept| of_peer(kept)).count() >= PER_PEER
            && let Some(oldest) = self.kept.iter().position(of_peer)
        {
            self.remove(oldest);
        }
        self.bytes = self.bytes.saturating_add(answer.payload.len());
        let (options, answer) = (options.clone(), answer.clone());
        self.kept.push_back(Download { peer, code, options, answer, touched: now });
        while self.bytes > self.most && self.kept.len() > 1 {
            self.remove(0);
        }
    }

    /// A later block of an answer, if it is kept. The inner `None` is for a block behind its end.
    pub fn fetch(&mut self, now: Instant, peer: SocketAddr, request: &Parts, block: Block) -> Option<Option<Parts>> {
        let options = request.options.without_blocks();
        let is_it = |kept: &&mut Download| kept.peer == peer && kept.code == request.code && kept.options == options;
        let kept = self.kept.iter_mut().find(is_it)?;
        kept.touched = now;
        Some(cut(&kept.answer, block))
    }

    /// Forgets answers that nobody fetched for a while.
    pub fn sweep(&mut self, now: Instant) {
        let timeout = self.timeout;
        self.retain(|kept| now.saturating_duration_since(kept.touched) <= timeout);
    }

    /// Forgets what was for a peer.
    pub fn forget(&mut self, peer: SocketAddr) {
        self.retain(|kept| kept.peer != peer);
    }

    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    fn retain(&mut self, keep: impl Fn(&Download) -> bool) {
        self.kept.retain(keep);
        self.bytes = self.kept.iter().map(|kept| kept.answer.payload.len()).sum();
    }

    fn remove(&mut self, place: usize) {
        if let Some(kept) = self.kept.remove(place) {
            self.bytes = self.bytes.saturating_sub(kept.answer.payload.len());
        }
    }
}

/// One block of an answer, with the size of the whole in the first (RFC 7959 4).
pub fn cut(answer: &Parts, block: Block) -> Option<Parts> {
    let (block, payload) = block.cut(&answer.payload)?;
    let mut options = answer.options.clone();
    options.set_number(BLOCK2, block.value());
    if block.number == 0 {
        options.set_number(SIZE2, u64::try_from(answer.payload.len()).unwrap_or(u64::MAX));
    }
    Some(Parts { code: answer.code, options, payload })
}
