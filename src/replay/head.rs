//! How a recording begins: who the CSE is, its limits, its types, and what its store held.

use std::sync::Arc;

use super::lines::{at, hex, integer, members, unhex};
use crate::config::{CseConfig, CseType, Limits, Somecast};
use crate::store::memory::MemoryStore;
use crate::store::{ChangeSet, Direction, Durability, KeyRange, Store, StoreError, Table};
use crate::tree::tables;
use crate::value::{Map, SmolStr, Timestamp, Value};

/// A row of the store: its table's number, key, value.
pub type Row = (u8, Vec<u8>, Vec<u8>);

/// Everything that an engine starts from.
#[derive(Clone, Debug)]
pub struct Head {
    /// When it started.
    pub at: Timestamp,
    /// Who it is and what it allows.
    pub config: CseConfig,
    /// Schema files beside the standard's, by name.
    pub schemas: Vec<(String, String)>,
    /// What was in its store. Empty for a new one.
    pub rows: Vec<Row>,
}

impl Head {
    /// The beginning of a CSE over a store that no engine has opened yet.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn of(
        config: &CseConfig,
        schemas: &[(String, String)],
        store: &dyn Store,
        at: Timestamp,
    ) -> Result<Self, StoreError> {
        let snapshot = store.snapshot()?;
        let mut rows = Vec::new();
        for table in tables::ALL {
            for row in snapshot.scan(table, KeyRange::all(), Direction::Forward) {
                let (key, value) = row?;
                rows.push((table.number, key.to_vec(), value.to_vec()));
            }
        }
        Ok(Self { at, config: config.clone(), schemas: schemas.to_vec(), rows })
    }

    /// A store in memory with these rows.
    ///
    /// # Errors
    /// When a row belongs to no table.
    pub fn store(&self) -> Result<Arc<dyn Store>, String> {
        let store = MemoryStore::new();
        let mut changes = ChangeSet::new();
        for (number, key, value) in &self.rows {
            let table = tables::ALL.into_iter().find(|table: &Table| table.number == *number);
            let table = table.ok_or_else(|| format!("row: there is no table {number}"))?;
            changes.put(table, key.clone(), value.clone());
        }
        let base = store.snapshot().map_err(|error| error.to_string())?;
        store.commit(&*base, &changes, Durability::Buffered).map_err(|error| error.to_string())?;
        drop(base);
        Ok(Arc::new(store))
    }

    /// The lines that say all this.
    pub(super) fn lines(&self) -> impl Iterator<Item = Map> {
        let mut first = Map::from_iter([("replay", Value::Int(1)), ("at", self.at.into())]);
        first.push("program", env!("CARGO_PKG_VERSION"));
        let about = about(&self.config);
        if !about.is_empty() {
            first.push("cse", about);
        }
        let schemas = self.schemas.iter().map(|(name, text)| {
            Map::from_iter([("schema", Value::from(name.as_str())), ("text", text.as_str().into())])
        });
        let rows = self.rows.iter().map(|(table, key, value)| {
            Map::from_iter([("row", vec![Value::Int(i64::from(*table)), hex(key).into(), hex(value).into()])])
        });
        std::iter::once(first).chain(schemas).chain(rows)
    }

    /// Reads the first line.
    pub(super) fn read(line: &Map) -> Result<Self, String> {
        if line.get("replay").and_then(Value::as_int) != Some(1) {
            return Err("expected {\"replay\":1, …} in the first line".into());
        }
        let mut config = CseConfig::default();
        if let Some(about) = line.get("cse") {
            configure(&mut config, members("cse", about)?)?;
        }
        Ok(Self { at: at(line)?, config, schemas: Vec::new(), rows: Vec::new() })
    }

    /// Takes a line that belongs to the beginning; `false` for any other.
    pub(super) fn take(&mut self, line: &Map) -> Result<bool, String> {
        let text = |name: &str| {
            line.get(name).and_then(Value::as_text).map(str::to_owned).ok_or(format!("{name}: expected text"))
        };
        if let Some(row) = line.get("row") {
            let [table, key, value] = row.as_list().unwrap_or_default() else {
                return Err("row: expected table, key and value".into());
            };
            let table = u8::try_from(integer("row", table)?).map_err(|_| "row: expected the number of a table")?;
            self.rows.push((table, unhex("row", key)?, unhex("row", value)?));
        } else if line.contains("schema") {
            self.schemas.push((text("schema")?, text("text")?));
        } else {
            return Ok(false);
        }
        Ok(true)
    }
}

macro_rules! limits {
    ($($name:ident)*) => {
        fn write_limits(limits: &Limits) -> Map {
            // Naming all of them here keeps a new limit from being forgotten.
            let Limits { $($name),* } = limits.clone();
            let usual = Limits::default();
            let mut map = Map::new();
            $(if $name != usual.$name {
                map.push(stringify!($name), i64::try_from($name).unwrap_or(i64::MAX));
            })*
            map
        }

        fn read_limits(limits: &mut Limits, map: &Map) -> Result<(), String> {
            for (name, value) in map.iter() {
                match name.as_str() {
                    $(stringify!($name) => {
                        limits.$name = integer(name, value)?.try_into().map_err(|_| format!("{name}: out of range"))?;
                    })*
                    other => return Err(format!("{other}: no such limit")),
                }
            }
            Ok(())
        }
    };
}

limits! {
    request_identifier originator tree_depth results discovery_work walked_subtree waiting_requests request_resources
    request_lifetime call_timeout asking_requests calls calls_per_target subscription_targets notifications_per_target
    long_poll polled_requests group_depth group_members clearing_step
}

/// What is not as usual.
fn about(config: &CseConfig) -> Map {
    let usual = CseConfig::default();
    let mut map = Map::new();
    let mut put = |name: &str, value: Value, same: bool| {
        if !same {
            map.push(name, value);
        }
    };
    put("cse_id", config.cse_id.clone().into(), config.cse_id == usual.cse_id);
    put("cse_name", config.cse_name.clone().into(), config.cse_name == usual.cse_name);
    put("sp_id", config.sp_id.clone().into(), config.sp_id == usual.sp_id);
    put("cse_type", Value::Int(config.cse_type.number().into()), config.cse_type == usual.cse_type);
    let points = &config.points_of_access;
    put("points_of_access", points.clone().into(), *points == usual.points_of_access);
    let administrator = config.administrator.clone();
    let same = administrator == usual.administrator;
    put("administrator", administrator.map_or(Value::Null, Value::from), same);
    let allowed = &config.allowed_ae_originators;
    put("allowed_ae_originators", allowed.clone().into(), *allowed == usual.allowed_ae_originators);
    let may = config.registered_aes_may_retrieve_cse_base;
    put("registered_aes_may_retrieve_cse_base", may.into(), may == usual.registered_aes_may_retrieve_cse_base);
    let types = &config.registered_aes_may_create;
    put("registered_aes_may_create", types.clone().into(), *types == usual.registered_aes_may_create);
    put("maximum_lifetime", config.maximum_lifetime.into(), config.maximum_lifetime == usual.maximum_lifetime);
    put("nearest", (config.somecast == Somecast::Nearest).into(), config.somecast == usual.somecast);
    let entries = i64::try_from(config.cache_entries).unwrap_or(i64::MAX);
    put("cache_entries", entries.into(), config.cache_entries == usual.cache_entries);
    let limits = write_limits(&config.limits);
    put("limits", limits.clone().into(), limits.is_empty());
    map
}

fn configure(config: &mut CseConfig, about: &Map) -> Result<(), String> {
    for (name, value) in about.iter() {
        let text = || value.as_text().map(SmolStr::from).ok_or_else(|| format!("{name}: expected text"));
        let flag =
            || if let Value::Bool(flag) = value { Ok(*flag) } else { Err(format!("{name}: expected a boolean")) };
        let range = || format!("{name}: out of range");
        let list = || {
            let items = value.as_list().unwrap_or_default();
            items.iter().filter_map(Value::as_text).map(SmolStr::from).collect()
        };
        match name.as_str() {
            "cse_id" => config.cse_id = text()?,
            "cse_name" => config.cse_name = text()?,
            "sp_id" => config.sp_id = text()?,
            "cse_type" => {
                config.cse_type = match integer(name, value)? {
                    1 => CseType::In,
                    2 => CseType::Mn,
                    3 => CseType::Asn,
                    _ => return Err(range()),
                }
            }
            "points_of_access" => config.points_of_access = list(),
            "administrator" => config.administrator = value.as_text().map(SmolStr::from),
            "allowed_ae_originators" => config.allowed_ae_originators = list(),
            "registered_aes_may_retrieve_cse_base" => config.registered_aes_may_retrieve_cse_base = flag()?,
            "registered_aes_may_create" => {
                let numbers = value.as_list().unwrap_or_default().iter().filter_map(Value::as_int);
                config.registered_aes_may_create = numbers.filter_map(|number| number.try_into().ok()).collect();
            }
            "maximum_lifetime" => config.maximum_lifetime = integer(name, value)?.try_into().map_err(|_| range())?,
            "nearest" => config.somecast = if flag()? { Somecast::Nearest } else { Somecast::RoundRobin },
            "cache_entries" => config.cache_entries = integer(name, value)?.try_into().map_err(|_| range())?,
            "limits" => read_limits(&mut config.limits, members(name, value)?)?,
            other => return Err(format!("cse: {other} means nothing here")),
        }
    }
    Ok(())
}
