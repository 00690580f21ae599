//! A tree with one of everything, and what holds for any tree.

use std::sync::{Arc, OnceLock};

use onem2m_cse::codec::json;
use onem2m_cse::engine::{Engine, Input, Output};
use onem2m_cse::primitive::{Operation, ReleaseVersion, Request, Status};
use onem2m_cse::resource::Behaviours;
use onem2m_cse::schema::Registry;
use onem2m_cse::store::memory::MemoryStore;
use onem2m_cse::store::{ChangeSet, Direction, Durability, KeyRange, Store, Table};
use onem2m_cse::tree;
use onem2m_cse::value::Timestamp;
use onem2m_cse::{CseConfig, Error};

/// What nobody but the administrator and `Csecret` may see.
pub const SECRET: &str = "treasure-of-Csecret";

/// The highest number that a table may have in the years to come.
const TABLES: u8 = 31;

/// A row at rest.
#[derive(Clone, Debug)]
pub struct Row {
    /// Where.
    pub table: Table,
    /// Under which key.
    pub key: Vec<u8>,
    /// What.
    pub value: Vec<u8>,
}

/// A tree at rest.
#[derive(Debug)]
pub struct Fixture {
    /// All its rows.
    pub rows: Vec<Row>,
    now: Timestamp,
}

/// A CSE over a store of its own.
#[derive(Debug)]
pub struct World {
    /// The engine.
    pub engine: Engine,
    /// The time.
    pub now: Timestamp,
}

/// The tree, as requests: who, where, what type, what.
pub const TREE: [(&str, &str, u32, &str); 14] = [
    (
        "Cae1",
        "cse-in",
        2,
        r#"{"m2m:ae":{"rn":"Cae1","api":"Na","rr":true,"srv":["3"],"poa":["http://ae1"],"lbl":["a","k:v"]}}"#,
    ),
    (
        "Csecret",
        "cse-in",
        2,
        r#"{"m2m:ae":{"rn":"Csecret","api":"Na","rr":true,"srv":["3"],"lbl":["treasure-of-Csecret"]}}"#,
    ),
    ("Csecret", "cse-in/Csecret", 3, r#"{"m2m:cnt":{"rn":"c","lbl":["treasure-of-Csecret"]}}"#),
    ("Csecret", "cse-in/Csecret/c", 4, r#"{"m2m:cin":{"con":"treasure-of-Csecret"}}"#),
    ("Cae1", "cse-in/Cae1", 3, r#"{"m2m:cnt":{"rn":"c","mni":3,"mbs":100,"mia":1000,"lbl":["a"]}}"#),
    ("Cae1", "cse-in/Cae1/c", 4, r#"{"m2m:cin":{"con":"one","cnf":"text/plain:0"}}"#),
    ("Cae1", "cse-in/Cae1/c", 4, r#"{"m2m:cin":{"con":{"a":[1,2]},"lbl":["a"]}}"#),
    ("Cae1", "cse-in/Cae1/c", 3, r#"{"m2m:cnt":{"rn":"d","disr":true}}"#),
    (
        "Cae1",
        "cse-in/Cae1/c",
        23,
        r#"{"m2m:sub":{"rn":"s","nu":["Cae1"],"enc":{"net":[1,2,3,4]},"bn":{"num":3,"dur":"PT9S"}}}"#,
    ),
    (
        "Cae1",
        "cse-in/Cae1",
        1,
        r#"{"m2m:acp":{"rn":"p","pv":{"acr":[{"acor":["C*"],"acop":34}]},"pvs":{"acr":[{"acor":["Cae1"],"acop":63}]}}}"#,
    ),
    ("Cae1", "cse-in/Cae1", 3, r#"{"m2m:cnt":{"rn":"e","acpi":["cse-in/Cae1/p"]}}"#),
    (
        "Cae1",
        "cse-in/Cae1",
        9,
        r#"{"m2m:grp":{"rn":"g","mid":["cse-in/Cae1/c","cse-in/Cae1/e","cse-in/nowhere"],"mnm":9}}"#,
    ),
    ("Cae1", "cse-in/Cae1", 15, r#"{"m2m:pch":{"rn":"pch"}}"#),
    ("Cae1", "cse-in/Cae1/c", 4, r#"{"m2m:cin":{"con":"three"}}"#),
];

impl Fixture {
    /// The one that all targets share.
    ///
    /// # Panics
    /// When the tree cannot be made.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Fixture> = OnceLock::new();
        SHARED.get_or_init(|| {
            let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
            let now = Timestamp::parse("20261121T013000").expect("an instant");
            let mut world = World { engine: engine(store.clone(), now).expect("an empty store"), now };
            for (ticket, (from, to, ty, content)) in TREE.into_iter().enumerate() {
                let request = create(from, to, ty, content).identified(format!("f{ticket}"));
                let outputs = world.engine.handle(Input::Request(ticket as u64, Box::new(request)), now);
                let made = outputs.iter().find_map(|output| match output {
                    Output::Reply(_, response) => Some((response.status, response.value())),
                    _ => None,
                });
                assert_eq!(made.as_ref().map(|made| made.0), Some(Status::CREATED), "{content}: {made:?}");
            }
            Self { rows: rows_of(&*store), now }
        })
    }

    /// A CSE on a copy of the tree.
    ///
    /// # Panics
    /// When the engine finds fault with it.
    #[must_use]
    pub fn open(&self) -> World {
        self.over(store_of(&self.rows)).expect("nothing is damaged")
    }

    /// A CSE on that store.
    ///
    /// # Errors
    /// When the engine finds fault with it.
    pub fn over(&self, store: Arc<dyn Store>) -> Result<World, Error> {
        let now = self.now.plus_seconds(60);
        Ok(World { engine: engine(store, now)?, now })
    }
}

fn engine(store: Arc<dyn Store>, now: Timestamp) -> Result<Engine, Error> {
    let mut config = CseConfig { cache_entries: 64, ..CseConfig::default() };
    config.limits.clearing_step = 3;
    Engine::new(config, Registry::clone(Registry::shared()), Behaviours::standard(), store, now)
}

/// All rows of a store.
///
/// # Panics
/// When the store fails.
pub fn rows_of(store: &dyn Store) -> Vec<Row> {
    let snapshot = store.snapshot().expect("a store in memory");
    let tables = (0..=TABLES).map(|number| Table { number, name: "any" });
    let rows = |table: Table| {
        let rows = snapshot.scan(table, KeyRange::all(), Direction::Forward);
        let rows = rows.map(|row| row.expect("a store in memory"));
        rows.map(|(key, value)| Row { table, key: key.to_vec(), value: value.to_vec() }).collect::<Vec<_>>()
    };
    tables.flat_map(rows).collect()
}

/// A store with these rows.
///
/// # Panics
/// When the store fails.
#[must_use]
pub fn store_of(rows: &[Row]) -> Arc<dyn Store> {
    let store = MemoryStore::new();
    let mut changes = ChangeSet::new();
    for row in rows {
        changes.put(row.table, row.key.clone(), row.value.clone());
    }
    let base = store.snapshot().expect("a store in memory");
    store.commit(&*base, &changes, Durability::Synced).expect("a store in memory");
    drop(base);
    Arc::new(store)
}

/// A CREATE with content as JSON.
///
/// # Panics
/// When the JSON is none.
#[must_use]
pub fn create(from: &str, to: &str, ty: u32, content: &str) -> Request {
    let mut request = Request::new(Operation::Create, to).from(from);
    request.resource_type = Some(ty);
    request.content = Some(json::decode(content.as_bytes(), 32).expect("JSON"));
    request.release_version_indicator = ReleaseVersion::R4;
    request
}

/// An UPDATE with content as JSON.
///
/// # Panics
/// When the JSON is none.
#[must_use]
pub fn update(from: &str, to: &str, content: &str) -> Request {
    let mut request = Request::new(Operation::Update, to).from(from);
    request.content = Some(json::decode(content.as_bytes(), 32).expect("JSON"));
    request.release_version_indicator = ReleaseVersion::R4;
    request
}

/// Whoever has no privilege gets nothing to see of what is `Csecret`'s.
///
/// # Panics
/// When somebody does.
pub fn nothing_secret(outputs: &[Output], originator: &str) {
    let may = ["CAdmin", "Csecret"].iter().any(|name| originator.rsplit('/').next() == Some(*name));
    if may {
        return;
    }
    for output in outputs {
        let text = match output {
            Output::Reply(_, response) => response.content.as_ref().map(|content| content.to_json()),
            _ => None,
        };
        let text = text.unwrap_or_default();
        assert!(
            !text.windows(SECRET.len()).any(|window| window == SECRET.as_bytes()),
            "{originator} was told {}",
            String::from_utf8_lossy(&text)
        );
    }
}

/// What is due is done, every index agrees with its records, and nothing is left of what was deleted.
///
/// # Panics
/// When it is not so.
pub fn in_order(world: &mut World) {
    let mut rounds = 0;
    while world.engine.next_due().is_some_and(|at| at <= world.now) {
        rounds += 1;
        assert!(rounds < 10_000, "the engine never comes to rest");
        world.engine.handle(Input::Due, world.now);
    }
    let reader = world.engine.reader();
    let report = tree::check(&reader.core().tree.snapshot(), |_| ()).expect("a store in memory");
    assert!(report.findings.is_empty() && report.to_be_cleared == 0, "{report:?}");
}
