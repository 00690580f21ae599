//! What is kept beside the resources does not grow with the time that a CSE runs.

use super::World;
use crate::store::{Direction, KeyRange};
use crate::tree::tables::{ALL, CREATED};

impl World {
    fn rows(&self, table: crate::store::Table) -> usize {
        let everything = KeyRange { start: Vec::new().into(), end: None };
        let snapshot = self.store.snapshot().unwrap();
        snapshot.scan(table, everything, Direction::Forward).count()
    }
}

#[test]
fn an_hour_of_evicted_instances_leaves_no_more_rows_than_a_minute() {
    let mut world = World::new();
    world.register("Cae");
    let made = world.create("Cae", "Cae", 3, r#"{"m2m:cnt":{"rn":"c","mni":5}}"#);
    assert!(made.status.is_success());
    let mut after = Vec::new();
    for seconds in [60, 3600] {
        for _ in 0..seconds {
            world.pass(1);
            assert!(world.instance("Cae", "cse-in/Cae/c", "1").status.is_success());
        }
        world.check();
        after.push(ALL.map(|table| (table.name, world.rows(table))));
    }
    for (minute, hour) in after[0].into_iter().zip(after[1]) {
        assert!(hour.1 <= minute.1, "{hour:?} after an hour, {minute:?} after a minute");
    }
}

#[test]
fn what_still_lives_is_found_by_its_time_however_much_around_it_was_swept_away() {
    let mut world = World::new();
    world.register("Cae");
    let mut kept = Vec::new();
    for round in 0..50 {
        world.pass(1);
        let begun = world.now;
        let id = world.create("Cae", "Cae", 3, r#"{"m2m:cnt":{}}"#).created.unwrap();
        if round % 10 == 0 {
            kept.push((begun, id));
        } else {
            assert!(world.delete("Cae", &id).status.is_success());
        }
        if round == 25 {
            world.restart();
        }
    }
    assert!(world.rows(CREATED) < 20, "{} rows", world.rows(CREATED));
    for (at, id) in kept {
        let at = [at.plus_seconds(-1), at.plus_seconds(1)].map(|at| at.to_string());
        let found = world.discover("CAdmin", "cse-in", &[("cra", &at[0]), ("crb", &at[1]), ("ty", "3"), ("lim", "9")]);
        assert_eq!(found.len(), 1, "{id} at {at:?}: {found:?}");
    }
}
