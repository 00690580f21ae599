//! A group of many.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::World;
use super::groups_fan_out::answers;
use crate::primitive::{Request, Status};
use crate::store::memory::MemoryStore;
use crate::store::{ChangeSet, Durability, Snapshot, Store, StoreError};
use crate::value::{Map, Value};

const G: &str = "cse-in/Cae1/g/fopt";

/// A store that counts commits.
#[derive(Debug)]
struct Counting(MemoryStore, AtomicUsize);

impl Store for Counting {
    fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError> {
        self.0.snapshot()
    }

    fn commit(&self, base: &dyn Snapshot, changes: &ChangeSet, durability: Durability) -> Result<(), StoreError> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.commit(base, changes, durability)
    }
}

/// `Cae1` has so many containers, all in the group `g`.
pub fn crowd(world: &mut World, members: usize) {
    world.register("Cae1");
    for number in 0..members {
        world.create("Cae1", "cse-in/Cae1", 3, &format!(r#"{{"m2m:cnt":{{"rn":"c{number}"}}}}"#));
    }
    let list = (0..members).map(|number| format!("\"cse-in/Cae1/c{number}\"")).collect::<Vec<_>>().join(",");
    let made = world.create(
        "Cae1",
        "cse-in/Cae1",
        9,
        &format!(r#"{{"m2m:grp":{{"rn":"g","mnm":{members},"mt":3,"csy":2,"mid":[{list}]}}}}"#),
    );
    assert_eq!(made.status, Status::CREATED, "{:?}", made.value());
}

#[test]
fn a_thousand_members_are_one_commit() {
    let store = Arc::new(Counting(MemoryStore::new(), AtomicUsize::new(0)));
    let mut world = World::over(store.clone(), |_| ());
    crowd(&mut world, 1000);
    let commits = |world: &mut World, request: Request| {
        let before = store.1.load(Ordering::Relaxed);
        let response = world.send(request);
        assert_eq!(answers(&response).len(), 1000);
        store.1.load(Ordering::Relaxed) - before
    };
    let create = Request::create(G, 4, "m2m:cin", Map::from_iter([("con", "x")])).from("Cae1");
    assert_eq!(commits(&mut world, create), 1);
    assert_eq!(commits(&mut world, Request::retrieve(format!("{G}/la")).from("Cae1")), 0);
    assert_eq!(commits(&mut world, Request::delete(G).from("Cae1")), 1);
    assert_eq!(world.attribute("cse-in/Cae1/g", "cnm"), Value::Int(0));
    world.check();
}
