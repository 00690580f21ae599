//! A long random life, compared with an ordered map at every step.

use std::collections::BTreeMap;

use super::{Bytes, ChangeSet, Direction, Durability, KeyRange, Row, Snapshot, Store, StoreBuilder, Table, rows};

const STEPS: u32 = 3_000;
const TABLES: [Table; 3] =
    [Table { number: 3, name: "three" }, Table { number: 4, name: "four" }, Table { number: 255, name: "last" }];

type Model = BTreeMap<(u8, Bytes), Bytes>;

/// Thousands of random commits, reads and scans, with snapshots held over time and the store reopened in between,
/// show what an ordered map shows. The same steps on each run.
pub fn a_long_random_life_agrees_with_an_ordered_map<B: StoreBuilder>(builder: &B) {
    let mut random = Random(0x6f6e_6565_4d32_4d21);
    let mut model = Model::new();
    let mut held: Vec<(Box<dyn Snapshot>, Model)> = Vec::new();
    let (mut store, mut guard) = builder.fresh();
    let mut keeps_rows = true;
    for step in 0..STEPS {
        match random.below(100) {
            0..60 => commit(&store, &mut model, &mut random),
            60..75 => compare(store.snapshot().unwrap().as_ref(), &model, &mut random),
            75..85 if held.len() < 8 => held.push((store.snapshot().unwrap(), model.clone())),
            85..90 if !held.is_empty() => drop(held.swap_remove(random.below(held.len()))),
            _ => held.iter().for_each(|(snapshot, then)| compare(snapshot.as_ref(), then, &mut random)),
        }
        if keeps_rows && step % 500 == 499 {
            held.clear();
            if let Some(reopened) = builder.reopen(store, guard) {
                (store, guard) = reopened;
            } else {
                // What forgets begins anew, once.
                keeps_rows = false;
                model.clear();
                (store, guard) = builder.fresh();
            }
            compare_all(store.snapshot().unwrap().as_ref(), &model);
        }
    }
    held.iter().for_each(|(snapshot, then)| compare_all(snapshot.as_ref(), then));
    compare_all(store.snapshot().unwrap().as_ref(), &model);
}

fn commit(store: &impl Store, model: &mut Model, random: &mut Random) {
    let mut changes = ChangeSet::new();
    for _ in 0..=random.below(6) {
        let (table, key) = (random.table(), random.key());
        if random.below(3) == 0 {
            changes.delete(table, key.clone());
            model.remove(&(table.number, key));
        } else {
            let value = Bytes::from(vec![random.below(256) as u8; random.below(200)]);
            changes.put(table, key.clone(), value.clone());
            model.insert((table.number, key), value);
        }
    }
    let durability = if random.below(4) == 0 { Durability::Synced } else { Durability::Buffered };
    let base = store.snapshot().unwrap();
    store.commit(base.as_ref(), &changes, durability).unwrap();
}

/// One random row and one random range.
fn compare(snapshot: &dyn Snapshot, model: &Model, random: &mut Random) {
    let (table, key) = (random.table(), random.key());
    assert_eq!(snapshot.get(table, &key).unwrap().as_ref(), model.get(&(table.number, key)));
    let range = match random.below(3) {
        0 => KeyRange::prefix(random.key()),
        1 => KeyRange::between(random.key(), random.key()),
        _ => KeyRange { start: random.key(), end: None },
    };
    let direction = if random.below(2) == 0 { Direction::Forward } else { Direction::Backward };
    let some = random.below(30);
    let found: Vec<Row> = snapshot.scan(table, range.clone(), direction).take(some).map(Result::unwrap).collect();
    let mut expected = expected(model, table, &range, direction);
    expected.truncate(some);
    assert_eq!(found, expected, "{table:?} {range:?} {direction:?}");
}

fn compare_all(snapshot: &dyn Snapshot, model: &Model) {
    for table in TABLES {
        for direction in [Direction::Forward, Direction::Backward] {
            let found = rows(snapshot, table, KeyRange::all(), direction);
            assert_eq!(found, expected(model, table, &KeyRange::all(), direction));
        }
    }
}

fn expected(model: &Model, table: Table, range: &KeyRange, direction: Direction) -> Vec<Row> {
    let rows = model.iter().filter(|((number, key), _)| *number == table.number && range.contains(key));
    let mut rows: Vec<Row> = rows.map(|((_, key), value)| (key.clone(), value.clone())).collect();
    if direction == Direction::Backward {
        rows.reverse();
    }
    rows
}

/// Marsaglia's xorshift: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit
    }

    fn table(&mut self) -> Table {
        TABLES[self.below(TABLES.len())]
    }

    /// Short keys of few bytes, so that they meet, share prefixes and touch both ends.
    fn key(&mut self) -> Bytes {
        let length = self.below(5);
        (0..length).map(|_| [0x00, 0x01, b'a', b'b', 0xfe, 0xff][self.below(6)]).collect()
    }
}
