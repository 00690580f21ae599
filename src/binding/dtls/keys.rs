//! Keys by identity, and which of them was asked for.

use std::cell::RefCell;
use std::collections::HashMap;

use dimpl::PskResolver;

use super::PreSharedKey;
use crate::error::Error;

thread_local! {
    /// What a session asks for while a datagram is handed to it. Shields of other threads have their own.
    static ASKED: RefCell<Option<Asked>> = const { RefCell::new(None) };
}

/// The identities that are known here, with their keys.
pub(super) struct Keys {
    known: HashMap<Vec<u8>, Vec<u8>>,
}

/// The identity that a peer has named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    /// As it would be said to a person.
    pub(super) identity: String,
    /// Whether there is a key for it.
    pub(super) is_known: bool,
}

impl Keys {
    /// # Errors
    /// When an identity or a key is not one, or an identity has two keys.
    pub(super) fn new(keys: &[PreSharedKey]) -> Result<Self, Error> {
        let mut known = HashMap::new();
        for PreSharedKey { identity, key, .. } in keys {
            if !(1..=128).contains(&identity.len()) {
                let told =
                    format!("pre-shared key: identity: {identity:?} has {} bytes: expected 1 to 128", identity.len());
                return Err(Error::Config(told));
            }
            if !(1..=64).contains(&key.len()) {
                let told = format!("pre-shared key: key of {identity:?}: has {} bytes: expected 1 to 64", key.len());
                return Err(Error::Config(told));
            }
            if known.insert(identity.as_bytes().to_vec(), key.clone()).is_some() {
                return Err(Error::Config(format!("pre-shared key: identity: {identity:?} stands there twice")));
            }
        }
        Ok(Self { known })
    }
}

/// The identity that was asked for in this thread since this was called the last time.
pub(super) fn asked() -> Option<Asked> {
    ASKED.take()
}

impl PskResolver for Keys {
    fn resolve(&self, identity: &[u8]) -> Option<Vec<u8>> {
        let key = self.known.get(identity).cloned();
        let told = String::from_utf8_lossy(identity.get(..128).unwrap_or(identity)).into_owned();
        let asked = Asked { identity: told, is_known: key.is_some() };
        ASKED.set(Some(asked));
        key
    }
}
