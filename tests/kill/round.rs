//! A round: load from all sides, and the end in the middle of it.

use std::thread;
use std::time::Duration;

use crate::client::Client;
use crate::dice::Dice;
use crate::http;
use crate::process::Running;
use crate::shared::{BOUNDED, Board, MOST, UNBOUNDED};
use crate::tree::Deed;

/// What happened in all rounds.
#[derive(Debug, Default)]
pub struct Tally {
    pub acknowledged: u64,
    pub in_doubt: u64,
    /// Of those in doubt, those that had been carried out.
    pub carried_out: u64,
}

/// Opens shared containers, lets everybody work, and kills the CSE.
pub fn play(
    round: u64,
    running: Running,
    clients: &mut Vec<Client>,
    boards: &mut Vec<Board>,
    dice: &mut Dice,
    tally: &mut Tally,
) {
    let mut http = http::Client::connect(&running.address).unwrap();
    // Large subtrees are cleared away while the load is on.
    for old in boards.drain(..boards.len().saturating_sub(2)) {
        assert_eq!(http.send("DELETE", &old.path, None, None).unwrap().code, 2002);
    }
    for (name, most) in [(BOUNDED, Some(MOST)), (UNBOUNDED, None)] {
        let deed = Deed::Container { path: format!("/cse-in/{name}-{round}"), most };
        let (method, path, ty, body) = deed.request();
        assert_eq!(http.send(method, &path, ty, body.as_ref()).unwrap().code, 2001);
        let path = format!("/cse-in/{name}-{round}");
        boards.push(Board { path, most: most.unwrap_or(usize::MAX), posts: Vec::new(), seen: None });
    }
    let address = running.address.clone();
    let posts = thread::scope(|scope| {
        let address = &address;
        let work = |client| scope.spawn(move || Client::work(client, address, round));
        let workers: Vec<_> = clients.iter_mut().map(work).collect();
        thread::sleep(Duration::from_micros(5_000 + dice.below(145_000)));
        running.kill();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect::<Vec<_>>()
    });
    for post in posts {
        tally.in_doubt += u64::from(post.acknowledged.is_none());
        let board = boards.iter_mut().rev().find(|board| board.path == format!("/cse-in/{}-{round}", post.board));
        board.unwrap().posts.push(post);
    }
    for client in clients {
        tally.acknowledged += std::mem::take(&mut client.acknowledged);
        tally.in_doubt += u64::from(client.in_doubt.is_some());
    }
}
