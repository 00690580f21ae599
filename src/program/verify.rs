//! `onem2m-cse check`: whether a data directory is in order.

use std::sync::Arc;

use onem2m_cse::store::fjall::FjallStore;
use onem2m_cse::tree::{self, Tree};

use super::settings::Settings;

/// Reads everything once and reports. Repairs nothing; but opening a directory whose CSE was interrupted cuts off the end
/// of the journal that was not written whole, as starting the CSE would.
pub fn verify(settings: &Settings) -> Result<(), String> {
    let Some(path) = &settings.data else {
        return Err("check: there is nothing to check in memory; name a --data DIR".into());
    };
    if !path.is_dir() {
        return Err(format!("check: {} is not a directory", path.display()));
    }
    // Opening would make a store where there is none.
    if !FjallStore::is_at(path) {
        return Err(format!("check: there is no CSE in {}; name the --data DIR that it runs with", path.display()));
    }
    let store = FjallStore::open(path, &settings.store).map_err(|error| error.to_string())?;
    let tree = Tree::new(Arc::new(store), settings.cse.cache_entries);
    let cell = tree.snapshot();
    let report = tree::check(&cell, |read| eprintln!("{read} resources read")).map_err(|error| error.to_string())?;
    println!("{} resources", report.resources);
    if report.to_be_cleared > 0 {
        println!("{} of them lie below deleted ones and will be cleared away", report.to_be_cleared);
    }
    println!("{} notifications wait in {} lanes", report.waiting, report.lanes);
    for finding in &report.findings {
        println!("resource {}: {}", finding.node.0, finding.what);
    }
    match report.findings.len() {
        0 => {
            println!("in order");
            Ok(())
        }
        many => Err(format!("check: {many} things are wrong")),
    }
}
