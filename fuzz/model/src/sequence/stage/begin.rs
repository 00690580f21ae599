//! How a day begins.

use std::collections::BTreeMap;
use std::sync::Arc;

use onem2m_cse::CseConfig;
use onem2m_cse::replay::{Head, Recorder};
use onem2m_cse::store::Store;
use onem2m_cse::store::memory::MemoryStore;
use onem2m_cse::value::Timestamp;

use super::{Stage, open};
use crate::model::Model;
use crate::sequence::faulty::{Faulty, Way};
use crate::sequence::outside::Outside;
use crate::sequence::{Deed, Mistake, Paper, Tally, written};

impl Stage {
    /// A new CSE. `paper` is for its recording, `day` what it will be played, which its head tells.
    ///
    /// # Panics
    /// When there is no starting.
    #[must_use]
    pub fn open(paper: Option<&Paper>, day: &[Deed]) -> Self {
        Self::over(Arc::new(MemoryStore::new()), paper, day)
    }

    /// A new CSE on a store whose calls fail when a deed says so.
    ///
    /// # Panics
    /// When there is no starting.
    #[must_use]
    pub fn faulty() -> Self {
        let store = Faulty::new();
        let mut stage = Self::over(Arc::new(Way(store.clone())), None, &[]);
        stage.fault = Some(store);
        stage
    }

    /// A new CSE that makes a mistake.
    ///
    /// # Panics
    /// When there is no starting.
    #[must_use]
    pub fn mistaken(mistake: Mistake) -> Self {
        let store = Faulty::new();
        store.err(mistake);
        let mut stage = Self::over(Arc::new(Way(store)), None, &[]);
        stage.mistake = Some(mistake);
        stage
    }

    /// A new CSE on a store of one's own.
    ///
    /// # Panics
    /// When there is no starting.
    #[must_use]
    pub fn over(store: Arc<dyn Store>, paper: Option<&Paper>, day: &[Deed]) -> Self {
        let now = Timestamp::parse("20261121T013000").expect("an instant");
        let mut config = CseConfig { cache_entries: 32, ..CseConfig::default() };
        config.limits.clearing_step = 3;
        let recorder = paper.map(|paper| {
            let head = Head::of(&config, &[], &*store, now).expect("an empty store");
            let mut recorder = Recorder::new(Box::new(paper.clone()), u64::MAX, &head).expect("paper is patient");
            recorder.note(&written(day));
            recorder
        });
        let engine = open(&config, &store, now);
        let mut stage = Self {
            engine,
            config,
            store,
            recorder,
            model: Model::new(),
            outside: Outside::default(),
            asking: BTreeMap::new(),
            polls: BTreeMap::new(),
            now,
            count: 0,
            rows: 0,
            fault: None,
            failed: false,
            dark: None,
            mistake: None,
            starts: 0,
            tally: Tally::default(),
        };
        stage.rows = stage.count_rows();
        stage
    }
}
