//! Who carries requests where, by the scheme of the URL.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::binding::Caller;
use crate::engine::Failure;

/// The callers of a CSE. At most one for each scheme.
#[derive(Clone, Default)]
pub struct Callers {
    by_scheme: BTreeMap<String, Arc<dyn Caller>>,
}

impl Callers {
    /// Adds a caller for each of its schemes, in the place of whoever spoke them before.
    pub fn add(&mut self, caller: Arc<dyn Caller>) {
        for scheme in caller.schemes() {
            self.by_scheme.insert(scheme.to_ascii_lowercase(), Arc::clone(&caller));
        }
    }

    /// Who carries requests to that URL.
    ///
    /// # Errors
    /// [`Failure::Impossible`], when nobody speaks its scheme.
    pub fn find(&self, url: &str) -> Result<&Arc<dyn Caller>, Failure> {
        let impossible = |what: String| Failure::Impossible(format!("{what}; spoken here: {}", self.spoken()));
        let (scheme, _) = url.split_once(':').ok_or_else(|| impossible(format!("{url:?} names no scheme")))?;
        // Schemes are the same in capitals (RFC 3986 3.1).
        self.by_scheme
            .get(&scheme.to_ascii_lowercase())
            .ok_or_else(|| impossible(format!("the URL scheme {scheme:?} is not spoken")))
    }

    fn spoken(&self) -> String {
        if self.by_scheme.is_empty() {
            return "none".to_owned();
        }
        self.by_scheme.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
    }
}

impl std::fmt::Debug for Callers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.by_scheme.keys()).finish()
    }
}
