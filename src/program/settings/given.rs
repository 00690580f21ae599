//! What was said beside the file: on the command line, or else in the environment.

use std::net::SocketAddr;

use crate::program::args::Args;

/// The command line and the environment.
pub struct Given<'a> {
    pub args: &'a Args,
    /// Looks a variable up.
    pub environment: &'a dyn Fn(&str) -> Option<String>,
}

impl Given<'_> {
    /// A word.
    pub fn text(&self, said: &Option<String>, name: &str) -> Option<String> {
        said.clone().or_else(|| (self.environment)(name))
    }

    /// A switch.
    pub fn flag(&self, said: bool, name: &str) -> Result<bool, String> {
        match (self.environment)(name).as_deref() {
            _ if said => Ok(true),
            None | Some("" | "0" | "false") => Ok(false),
            Some("1" | "true") => Ok(true),
            Some(other) => Err(format!("{name}: expected true or false, got {other:?}")),
        }
    }

    /// Addresses; in the environment with commas between. `Some` and empty: nowhere.
    pub fn addresses(&self, said: &Option<Vec<SocketAddr>>, name: &str) -> Result<Option<Vec<SocketAddr>>, String> {
        if said.is_some() {
            return Ok(said.clone());
        }
        let Some(list) = (self.environment)(name) else { return Ok(None) };
        let words = list.split(',').map(str::trim).filter(|address| !address.is_empty());
        let addresses: Result<_, _> = words.map(str::parse).collect();
        addresses.map(Some).map_err(|_| format!("{name}: expected addresses such as 127.0.0.1:8080, got {list:?}"))
    }

    pub fn plaintext_is_allowed(&self) -> Result<bool, String> {
        self.flag(self.args.allow_plaintext, "ONEM2M_ALLOW_PLAINTEXT")
    }
}

/// Takes over what was said, if anything was.
pub fn set<T: Clone>(place: &mut T, value: &Option<T>) {
    if let Some(value) = value {
        place.clone_from(value);
    }
}

/// Other machines are not served in clear text unless somebody says so.
pub fn guarded(option: &str, name: &str, addresses: &[SocketAddr], allow_plaintext: bool) -> Result<(), String> {
    match addresses.iter().find(|address| !address.ip().is_loopback()) {
        Some(address) if !allow_plaintext => Err(format!(
            "{option}: {address} is reached by other machines and {name} is not encrypted; say --tls CERT KEY, listen on 127.0.0.1 with something in front that speaks TLS, or say --allow-plaintext"
        )),
        _ => Ok(()),
    }
}
