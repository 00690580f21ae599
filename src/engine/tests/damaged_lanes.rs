//! What `check` says of lanes whose rows do not fit together.

use super::World;
use super::outside::Mood;
use super::subscriptions::{LISTENER, house, subscribe};
use crate::CseConfig;
use crate::engine::Engine;
use crate::resource::Behaviours;
use crate::schema::Registry;
use crate::store::{ChangeSet, Direction, Durability, KeyRange, Store, Table};
use crate::tree::tables::{AWAIT, DUE, LANE, META, ORDER, OUTBOX, OWNER, RECORD};
use crate::tree::{self, Lane, Node, Report, Tree};

/// Three notifications wait for a listener that is gone, and for an AE that sleeps.
fn waiting() -> World {
    let mut world = house();
    subscribe(&mut world, r#""nu":["http://listener/notify","Cae1"],"enc":{"net":[3]}"#);
    world.outside.at(LISTENER, Mood::Gone);
    for n in 0..3 {
        world.instance("Cae1", "cse-in/Cae1/c", &n.to_string());
    }
    world
}

/// What a check says that remembers nothing.
fn report(world: &World) -> Report {
    let tree = Tree::new(world.store.clone(), 16);
    tree::check(&tree.snapshot(), |_| ()).unwrap()
}

type Row = (bytes::Bytes, bytes::Bytes);

fn rows(world: &World, table: Table) -> Vec<Row> {
    let snapshot = world.store.snapshot().unwrap();
    let rows = snapshot.scan(table, KeyRange::all(), Direction::Forward);
    rows.map(|row| row.unwrap()).collect()
}

fn put(world: &World, table: Table, key: impl AsRef<[u8]>, value: Option<&[u8]>) {
    let mut changes = ChangeSet::new();
    match value {
        Some(value) => changes.put(table, key.as_ref().to_vec(), value.to_vec()),
        None => changes.delete(table, key.as_ref().to_vec()),
    }
    let store: &dyn Store = &*world.store;
    store.commit(&*store.snapshot().unwrap(), &changes, Durability::Synced).unwrap();
}

/// Changes the lane to the listener.
fn set(world: &World, change: impl FnOnce(&mut Lane)) {
    let rows = rows(world, LANE);
    let (key, mut lane) = rows.iter().map(|(key, row)| (key, Lane::decode(row).unwrap())).next().unwrap();
    assert_eq!(lane.target, LISTENER);
    change(&mut lane);
    put(world, LANE, key, Some(&lane.encode()));
}

/// Does damage, and wants exactly such findings.
fn finds(damage: impl FnOnce(&World), expected: &[&str]) {
    let world = waiting();
    damage(&world);
    let findings: Vec<String> = report(&world).findings.into_iter().map(|finding| finding.what).collect();
    let fits = findings.len() == expected.len() && findings.iter().zip(expected).all(|(f, e)| f.contains(e));
    assert!(fits, "{findings:#?} instead of {expected:#?}");
}

#[test]
fn lanes_and_what_waits_in_them_are_counted() {
    let report = report(&waiting());
    assert_eq!((report.lanes, report.waiting, report.findings), (2, 6, Vec::new()));
}

#[test]
fn a_lane_and_its_notifications_have_to_fit() {
    let first = |world: &World, table| rows(world, table).remove(0).0;
    finds(|world| put(world, OUTBOX, first(world, OUTBOX), None), &["2 notifications wait, and it counts 3"]);
    finds(|world| set(world, |lane| lane.waiting = 4), &["3 notifications wait, and it counts 4"]);
    finds(|world| set(world, |lane| lane.first = 2), &["1 notifications lie outside 2 to 4"]);
    finds(|world| set(world, |lane| lane.next = 3), &["1 notifications lie outside 1 to 3"]);
    let nobodys = [Node(999).0.to_be_bytes(), 1_u64.to_be_bytes()].concat();
    finds(|world| put(world, OUTBOX, nobodys, Some(b"{}")), &["table outbox belongs to a lane that is not there"]);
    finds(|world| put(world, LANE, first(world, LANE), Some(b"short")), &["the row of a lane cannot be read"]);
}

#[test]
fn a_lane_and_its_owner_have_to_fit() {
    let first = |world: &World, table| rows(world, table).remove(0).0;
    finds(|world| put(world, OWNER, first(world, OWNER), None), &["among the owner's lanes is missing"]);
    finds(|world| put(world, OWNER, first(world, OWNER), Some(b"http://x")), &["names another target"]);
    let mut elsewhere = 2_u64.to_be_bytes().to_vec();
    elsewhere.extend_from_slice(&first(&waiting(), LANE));
    finds(|world| put(world, OWNER, elsewhere, Some(b"x")), &["table owner belongs to a lane that is not there"]);
    finds(
        |world| put(world, LANE, [0xff; 8], Some(&rows(world, LANE)[0].1)),
        &[
            "a number that was not given yet",
            "among the owner's lanes is missing",
            "index of what is due is missing",
            "0 notifications wait, and it counts 3",
        ],
    );
}

#[test]
fn whoever_is_gone_leaves_no_lane_open() {
    let world = waiting();
    let mut lane = Lane::decode(&rows(&world, LANE)[0].1).unwrap();
    put(&world, RECORD, lane.owner.0.to_be_bytes(), None);
    let said = |world: &World| report(world).findings.iter().filter(|f| f.what.contains("not closing")).count();
    assert_eq!(said(&world), 2);
    lane.closing = true;
    put(&world, LANE, &rows(&world, LANE)[0].0, Some(&lane.encode()));
    assert_eq!(said(&world), 1);
}

#[test]
fn a_lane_is_looked_at_when_it_says_so() {
    let deliveries = |world: &World| -> Vec<bytes::Bytes> {
        rows(world, DUE).into_iter().map(|(key, _)| key).filter(|key| key[8] == 5).collect()
    };
    let lost = |world: &World| deliveries(world).iter().for_each(|key| put(world, DUE, key, None));
    finds(lost, &["index of what is due is missing", "index of what is due is missing"]);
    let wrong = |world: &World| {
        let mut key = deliveries(world)[0].to_vec();
        key[7] ^= 1;
        put(world, DUE, key, Some(b""));
    };
    finds(wrong, &["belongs to a lane that is not due then"]);
    let never = |world: &World| {
        let listener = &rows(world, LANE)[0].0;
        let key = deliveries(world).into_iter().find(|key| key.ends_with(listener)).unwrap();
        put(world, DUE, key, None);
        set(world, |lane| lane.due = None);
    };
    finds(never, &["something waits, and nothing will deliver it"]);
}

#[test]
fn a_lane_wakes_with_the_ae_that_it_names() {
    let first = |world: &World| rows(world, AWAIT).remove(0).0;
    finds(|world| put(world, AWAIT, first(world), None), &["lanes that wake with its AE is missing"]);
    let wrong = |world: &World| {
        let mut key = first(world).to_vec();
        key[7] ^= 1;
        put(world, AWAIT, key, Some(b""));
    };
    finds(wrong, &["table await belongs to a lane that is not there"]);
}

#[test]
fn the_mark_of_a_watched_resource_is_right() {
    let mut world = waiting();
    world.delete("Cae1", "cse-in/Cae1/c/s");
    assert_eq!(report(&world).findings, Vec::new());
    // The record as it was, with the mark, over the one without.
    let watched = waiting();
    for (key, value) in rows(&watched, RECORD) {
        let other = rows(&world, RECORD).into_iter().find(|(there, _)| *there == key);
        if other.is_some_and(|(_, there)| there != value) {
            put(&world, RECORD, key, Some(&value));
        }
    }
    let findings = report(&world).findings;
    assert!(findings.iter().any(|f| f.what.contains("is marked as watched, and is not")), "{findings:#?}");
}

#[test]
fn a_request_that_is_kept_has_its_resource() {
    let order = |world: &World, node: u64| put(world, ORDER, node.to_be_bytes(), Some(b"{}"));
    finds(|world| order(world, 3), &[]);
    finds(|world| order(world, 999), &["belongs to a request that is not there"]);
    // It is looked at soon, and cleared away then.
    let soon = |world: &World| {
        order(world, 999);
        let due = [&5_u64.to_be_bytes()[..], &[6], &999_u64.to_be_bytes()[..]].concat();
        put(world, DUE, due, Some(b""));
    };
    finds(soon, &[]);
}

/// Found by a fuzzer: the engine looked at such a lane again and again, without a rest.
#[test]
fn what_cannot_be_read_is_looked_at_later_and_not_all_the_time() {
    let mut world = waiting();
    let owner = Lane::decode(&rows(&world, LANE)[0].1).unwrap().owner;
    let row = rows(&world, RECORD).into_iter().find(|(key, _)| **key == owner.0.to_be_bytes()).unwrap();
    let mut damaged = row.1.to_vec();
    let place = damaged.len() - 30;
    damaged[place] = 0xff;
    put(&world, RECORD, row.0, Some(&damaged));
    world.restart();
    world.pass(3600);
    // The same for a lane that is none.
    let mut world = waiting();
    put(&world, LANE, rows(&world, LANE)[0].0.clone(), Some(b"?"));
    world.restart();
    world.pass(3600);
    assert!(world.instance("Cae1", "cse-in/Cae1", "x").status.code() == 4108, "it still answers");
}

/// Found by a fuzzer: with a counter that was damaged, new resources took the numbers of old ones.
#[test]
fn a_number_that_was_given_is_not_given_again_whatever_the_counter_says() {
    for next in [None, Some(&b"?"[..]), Some(&[0, 0, 0, 0, 0, 0, 0, 3][..])] {
        let world = waiting();
        put(&world, META, b"next", next);
        let (config, registry) = (CseConfig::default(), Registry::standard().unwrap());
        let opened = Engine::new(config, registry, Behaviours::standard(), world.store.clone(), world.now);
        let complaint = opened.map(|_| ()).unwrap_err().to_string();
        assert!(complaint.contains("the next number would be"), "{complaint}");
    }
}

/// Found by a fuzzer: behind a row that is none, nothing was done any more, and the engine tried without end.
#[test]
fn what_is_due_behind_a_damaged_row_is_done() {
    for instant in [0_u64, 1] {
        let mut world = World::new();
        world.register("Cae1");
        let short = format!(r#"{{"m2m:cnt":{{"rn":"c","et":"{}"}}}}"#, world.now.plus_seconds(60));
        assert!(world.create("Cae1", "Cae1", 3, &short).status.is_success());
        put(&world, DUE, [&instant.to_be_bytes()[..], &[99], &3_u64.to_be_bytes()].concat(), Some(b""));
        world.restart();
        world.pass(600);
        assert_eq!(world.retrieve("CAdmin", "cse-in/Cae1/c").status.code(), 4004, "it has expired");
        let findings = report(&world).findings;
        assert!(findings.iter().any(|finding| finding.what.contains("due")), "{findings:#?}");
    }
}
