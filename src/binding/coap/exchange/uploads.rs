//! Bodies that come in blocks (RFC 7959 2.5).

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::block::Block;
use crate::binding::coap::message::{Code, Parts};
use crate::binding::coap::options::{BLOCK1, Options, SIZE1};

/// What is to be done with a block.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// The body is complete.
    Whole(Bytes),
    /// Say this.
    Say(Parts),
}

#[derive(Debug)]
struct Upload {
    peer: SocketAddr,
    code: Code,
    options: Options,
    body: Vec<u8>,
    touched: Instant,
}

/// Bodies of which a part has come.
#[derive(Debug)]
pub struct Uploads {
    open: Vec<Upload>,
    bytes: usize,
    /// Bytes of one body, and of all of them.
    most: (usize, usize),
    timeout: Duration,
}

/// Bodies of one peer that come at a time.
const PER_PEER: usize = 4;

impl Uploads {
    pub const fn new(body_bytes: usize, all_bytes: usize, timeout: Duration) -> Self {
        Self { open: Vec::new(), bytes: 0, most: (body_bytes, all_bytes), timeout }
    }

    /// Takes a block in. `exponent` is the largest block size that is wanted here.
    pub fn take(&mut self, now: Instant, peer: SocketAddr, parts: &Parts, block: Block, exponent: u8) -> Step {
        let size = parts.payload.len();
        // RFC 7959 2.2: all blocks but the last are full.
        if size > block.size() || (block.more && size != block.size()) {
            return say(Code::BAD_REQUEST, block, "Block1: expected as many bytes as the block size says");
        }
        let total = parts.options.number(SIZE1).and_then(|size| usize::try_from(size).ok()).unwrap_or(0);
        let end = block.start().saturating_add(size);
        if total.max(end) > self.most.0 {
            self.drop_upload(peer, parts);
            return self.too_large(block);
        }
        if block.number == 0 {
            self.drop_upload(peer, parts);
            if !block.more {
                return Step::Whole(parts.payload.clone());
            }
            let of_peer = self.open.iter().filter(|upload| upload.peer == peer).count();
            if of_peer >= PER_PEER {
                return say(Code::SERVICE_UNAVAILABLE, block, "too many bodies come in blocks, try again");
            }
            let (code, options) = (parts.code, parts.options.without_blocks());
            self.open.push(Upload { peer, code, options, body: Vec::new(), touched: now });
        }
        let Some(place) = self.find(peer, parts) else {
            return say(Code::ENTITY_INCOMPLETE, block, "the blocks before this one are not here, begin again");
        };
        let room = self.most.1.saturating_sub(self.bytes);
        let Some(upload) = self.open.get_mut(place) else { return self.too_large(block) };
        upload.touched = now;
        if block.start() == upload.body.len() {
            if size > room {
                self.remove(place);
                return say(Code::SERVICE_UNAVAILABLE, block, "too many bytes come in blocks, try again");
            }
            upload.body.extend_from_slice(&parts.payload);
            self.bytes = self.bytes.saturating_add(size);
        } else if !block.more || upload.body.get(block.start()..end) != Some(&parts.payload[..]) {
            // A block that is here already may come again; anything else leaves a hole.
            return say(Code::ENTITY_INCOMPLETE, block, "a block before this one is missing");
        }
        if block.more {
            let wanted = Block { exponent: block.exponent.min(exponent), ..block };
            return say(Code::CONTINUE, wanted, "");
        }
        Step::Whole(self.remove(place).into())
    }

    /// Forgets bodies of which nothing came for a while.
    pub fn sweep(&mut self, now: Instant) {
        let timeout = self.timeout;
        self.retain(|upload| now.saturating_duration_since(upload.touched) <= timeout);
    }

    /// Forgets what came from a peer.
    pub fn forget(&mut self, peer: SocketAddr) {
        self.retain(|upload| upload.peer != peer);
    }

    pub const fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    fn retain(&mut self, keep: impl Fn(&Upload) -> bool) {
        self.open.retain(keep);
        self.bytes = self.open.iter().map(|upload| upload.body.len()).sum();
    }

    fn find(&self, peer: SocketAddr, parts: &Parts) -> Option<usize> {
        let options = parts.options.without_blocks();
        self.open
            .iter()
            .position(|upload| upload.peer == peer && upload.code == parts.code && upload.options == options)
    }

    fn drop_upload(&mut self, peer: SocketAddr, parts: &Parts) {
        if let Some(place) = self.find(peer, parts) {
            self.remove(place);
        }
    }

    fn remove(&mut self, place: usize) -> Vec<u8> {
        if place >= self.open.len() {
            return Vec::new();
        }
        let body = self.open.swap_remove(place).body;
        self.bytes = self.bytes.saturating_sub(body.len());
        body
    }

    /// RFC 7959 2.9.3, 4: how much would have been taken.
    fn too_large(&self, block: Block) -> Step {
        let mut parts = Parts::diagnostic(Code::ENTITY_TOO_LARGE, "the body is larger than this CSE takes");
        parts.options.set_number(BLOCK1, Block { more: false, ..block }.value());
        parts.options.set_number(SIZE1, u64::try_from(self.most.0).unwrap_or(u64::MAX).min(u64::from(u32::MAX)));
        Step::Say(parts)
    }
}

fn say(code: Code, block: Block, reason: &'static str) -> Step {
    let mut parts = Parts::diagnostic(code, reason);
    parts.options.set_number(BLOCK1, block.value());
    Step::Say(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(number: u32, more: bool, size: usize) -> (Parts, Block) {
        let mut parts = Parts::new(Code::PUT);
        parts.payload = vec![u8::try_from(number).unwrap(); size].into();
        (parts, Block { number, more, exponent: 0 })
    }

    fn code(step: &Step) -> Code {
        match step {
            Step::Whole(_) => Code::CHANGED,
            Step::Say(parts) => parts.code,
        }
    }

    #[test]
    fn blocks_make_a_body_and_holes_do_not() {
        let mut uploads = Uploads::new(100, 1000, Duration::from_secs(60));
        let (now, peer) = (Instant::now(), "127.0.0.1:9".parse().unwrap());
        let mut take = |number, more, size| {
            let (parts, block) = part(number, more, size);
            uploads.take(now, peer, &parts, block, 6)
        };
        assert_eq!(code(&take(1, true, 16)), Code::ENTITY_INCOMPLETE);
        assert_eq!(code(&take(0, true, 16)), Code::CONTINUE);
        assert_eq!(code(&take(2, false, 3)), Code::ENTITY_INCOMPLETE);
        assert_eq!(code(&take(1, true, 16)), Code::CONTINUE);
        assert_eq!(code(&take(1, true, 16)), Code::CONTINUE, "the same again");
        assert_eq!(code(&take(2, true, 15)), Code::BAD_REQUEST);
        let Step::Whole(body) = take(2, false, 3) else { panic!() };
        assert_eq!(body.len(), 35);
        assert_eq!(code(&take(2, false, 3)), Code::ENTITY_INCOMPLETE, "it was taken already");
        for number in 0..6 {
            assert_eq!(code(&take(number, true, 16)), Code::CONTINUE);
        }
        assert_eq!(code(&take(6, true, 16)), Code::ENTITY_TOO_LARGE);
    }

    #[test]
    fn what_is_begun_and_left_is_forgotten() {
        let mut uploads = Uploads::new(100, 40, Duration::from_secs(60));
        let now = Instant::now();
        let (parts, block) = part(0, true, 16);
        let mut codes = Vec::new();
        for port in [1, 2, 3] {
            codes.push(code(&uploads.take(now, ([127, 0, 0, 1], port).into(), &parts, block, 6)));
        }
        assert_eq!(codes, [Code::CONTINUE, Code::CONTINUE, Code::SERVICE_UNAVAILABLE]);
        uploads.forget(([127, 0, 0, 1], 1).into());
        assert_eq!(uploads.bytes, 16);
        uploads.sweep(now + Duration::from_secs(61));
        assert!(uploads.is_empty() && uploads.bytes == 0);
    }
}
