//! Who a CSE is and what it allows: public fields, each with its default explained.

use crate::value::{SmolStr, is_resource_name};

/// `cseType` (TS-0004 6.3.4.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum CseType {
    /// 1: the CSE of a service provider's infrastructure.
    #[default]
    In,
    /// 2: a CSE of a middle node, such as a gateway.
    Mn,
    /// 3: a CSE on a device.
    Asn,
}

impl CseType {
    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::In => 1,
            Self::Mn => 2,
            Self::Asn => 3,
        }
    }
}

/// Which members of a group answer a request that is meant for some of them, whichever they are (Release 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Somecast {
    /// In turn. Where the turn is, is kept in memory: after a start it is with the first member again.
    #[default]
    RoundRobin,
    /// Those on this CSE first, then those of the same service provider; among these, in the order of the group.
    Nearest,
}

/// Identity, policies and limits of a CSE.
#[derive(Clone, Debug)]
pub struct CseConfig {
    /// The CSE-ID, SP-relative. Default `/id-in`.
    pub cse_id: SmolStr,
    /// The resource name of the CSEBase. Default `cse-in`.
    pub cse_name: SmolStr,
    /// The M2M-SP-ID, absolute. Default `//acme.example.com`.
    pub sp_id: SmolStr,
    /// The kind of CSE. Default [`CseType::In`].
    pub cse_type: CseType,
    /// `pointOfAccess` of the CSEBase: the URLs at which others reach this CSE. An embedder sets it, as only it knows how
    /// bindings are reached from outside; the program fills in its HTTP addresses where the configuration names none.
    /// Default: none, and the CSEBase has no `pointOfAccess`.
    pub points_of_access: Vec<SmolStr>,
    /// The originator for whom an accessControlPolicy over the whole tree is created when the tree is new. Default
    /// `CAdmin`. Whoever can send requests can claim to be anybody as long as bindings do not authenticate: a CSE that
    /// others can reach has to change this. `None` creates no such policy.
    pub administrator: Option<SmolStr>,
    /// Originators that may register as AE; `*` stands for any text. Default `C*` and `S*`.
    pub allowed_ae_originators: Vec<SmolStr>,
    /// Whether a registered AE may RETRIEVE the CSEBase. Default `true`; others need a policy.
    pub registered_aes_may_retrieve_cse_base: bool,
    /// Resource types that a registered AE may CREATE under the CSEBase. Default: accessControlPolicy (1).
    pub registered_aes_may_create: Vec<u32>,
    /// The longest time from now that a resource's `expirationTime` may lie ahead, in seconds. A longer wish is cut
    /// down. It is also what a resource gets that wishes nothing. Default five years.
    pub maximum_lifetime: u64,
    /// How the members are chosen when a request is meant for some members of a group. Default
    /// [`Somecast::RoundRobin`].
    pub somecast: Somecast,
    /// What strangers can make this CSE do.
    pub limits: Limits,
    /// How many records, counters and paths are kept in memory. Default 8,192 each.
    pub cache_entries: usize,
    /// How much a commit promises.
    pub durability: crate::store::Durability,
}

/// Limits of the engine. Each has a defined answer when it is reached.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The longest request identifier in bytes; a longer one is 4000. Default 255. It is echoed and logged, so a long one
    /// would let a stranger fill both.
    pub request_identifier: usize,
    /// The longest originator in bytes; a longer one is 4000. Default 255.
    pub originator: usize,
    /// How many levels below the CSEBase a resource may lie; deeper is 4102. Default 32. Every access decision may walk up.
    pub tree_depth: usize,
    /// The most resources in one answer; the rest is announced by content status and offset. Default 1,000.
    pub results: usize,
    /// The most resources that one discovery looks at before it answers what it has, as partial. Default 2,000,000.
    pub discovery_work: usize,
    /// A search walks a subtree of up to so many resources; in a larger one it walks the index that promises the fewest
    /// candidates. Default 512.
    pub walked_subtree: usize,
    /// The most requests that wait for their operation execution time; one more is 5001. They wait in memory. Default
    /// 1,000.
    pub waiting_requests: usize,
    /// The most request resources that exist at once: requests that were acknowledged, and results that are kept. One
    /// more is 5000. Default 10,000.
    pub request_resources: u64,
    /// How long the result of such a request is kept whose originator does not say it, in seconds. Default one hour.
    pub request_lifetime: u64,
    /// How long an answer of another machine is waited for, in seconds. Default 10. A request that says when it expires
    /// waits no longer than that.
    pub call_timeout: u64,
    /// The most requests that wait for others, and calls under way, taken together; one more is 5000. Default 4,096.
    pub asking_requests: usize,
    /// The most calls with notifications that are under way at once. The others wait in their lanes. Default 512.
    pub calls: usize,
    /// The most calls with notifications under way to one host and port, so that many subscriptions of one slow
    /// receiver do not take the places of all others. Default 16.
    pub calls_per_target: usize,
    /// The most targets of one subscription; more are 4102. Each is asked when the subscription is created, so a long list
    /// would make this CSE call as many strangers at once. Default 128.
    pub subscription_targets: usize,
    /// The most notifications that wait for one target of one subscription; with one more, the oldest is given up and
    /// counted. Default 10,000.
    pub notifications_per_target: usize,
    /// How long a long poll waits that does not say when it expires, in seconds. Default 60.
    pub long_poll: u64,
    /// The most requests that one long poll takes along, where its polling channel allows several. Default 64.
    pub polled_requests: usize,
    /// The most levels of groups within groups that one request fans out to; a deeper one is 4005. Default 8, at most 16.
    pub group_depth: usize,
    /// The most members of a group, and the most that one request reaches through groups within groups; more are 6010.
    /// Default 10,000.
    pub group_members: usize,
    /// How many resources one step of clearing away removes. Default 1,000: a commit of a few milliseconds.
    pub clearing_step: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request_identifier: 255,
            originator: 255,
            tree_depth: 32,
            results: 1000,
            discovery_work: 2_000_000,
            walked_subtree: 512,
            waiting_requests: 1000,
            request_resources: 10_000,
            request_lifetime: 3600,
            call_timeout: 10,
            asking_requests: 4096,
            calls: 512,
            calls_per_target: 16,
            subscription_targets: 128,
            notifications_per_target: 10_000,
            long_poll: 60,
            polled_requests: 64,
            group_depth: 8,
            group_members: 10_000,
            clearing_step: 1000,
        }
    }
}

impl Default for CseConfig {
    fn default() -> Self {
        Self {
            cse_id: "/id-in".into(),
            cse_name: "cse-in".into(),
            sp_id: "//acme.example.com".into(),
            cse_type: CseType::In,
            points_of_access: Vec::new(),
            administrator: Some("CAdmin".into()),
            allowed_ae_originators: vec!["C*".into(), "S*".into()],
            registered_aes_may_retrieve_cse_base: true,
            registered_aes_may_create: vec![1],
            maximum_lifetime: 157_680_000,
            somecast: Somecast::default(),
            limits: Limits::default(),
            cache_entries: 8192,
            durability: crate::store::Durability::default(),
        }
    }
}

impl CseConfig {
    /// The CSE-ID without its slash: the resource identifier of the CSEBase.
    #[must_use]
    pub fn base_id(&self) -> &str {
        self.cse_id.strip_prefix('/').unwrap_or(&self.cse_id)
    }

    /// Whether everything is as it must be.
    ///
    /// # Errors
    /// A sentence that names the field and what was expected.
    pub fn check(&self) -> Result<(), String> {
        let id = self.cse_id.strip_prefix('/').ok_or("cse_id: expected a slash and a name, such as /id-in")?;
        if !is_resource_name(id) {
            return Err(format!("cse_id: expected a slash and a name, such as /id-in, got {:?}", &*self.cse_id));
        }
        if !is_resource_name(&self.cse_name) {
            return Err(format!("cse_name: expected letters, digits, '-', '.', '_' or '~', got {:?}", &*self.cse_name));
        }
        // TS-0009 6.2.2.1: as the first word of a URL's path these say what kind of address follows.
        if matches!(&*self.cse_name, "~" | "_") {
            return Err(
                "cse_name: expected a name other than ~ and _, which have a meaning of their own in URLs".into()
            );
        }
        if self.base_id() == self.cse_name {
            return Err(
                "cse_id and cse_name: expected different names, as a path beginning with one must not mean the other"
                    .into(),
            );
        }
        let sp =
            self.sp_id.strip_prefix("//").ok_or("sp_id: expected two slashes and a name, such as //sp.example.com")?;
        if sp.is_empty() || sp.contains('/') {
            return Err("sp_id: expected two slashes and a name, such as //sp.example.com".into());
        }
        if self.maximum_lifetime == 0 {
            return Err("maximum_lifetime: expected at least one second".into());
        }
        if self.administrator.as_deref().is_some_and(|admin| admin.is_empty() || admin == "all" || admin.contains('*'))
        {
            return Err("administrator: expected one originator, not a pattern".into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_named() {
        let wrong = |change: fn(&mut CseConfig)| {
            let mut config = CseConfig::default();
            change(&mut config);
            config.check().unwrap_err()
        };
        assert!(CseConfig::default().check().is_ok());
        assert!(wrong(|c| c.cse_id = "id-in".into()).starts_with("cse_id"));
        assert!(wrong(|c| c.cse_name = "a/b".into()).starts_with("cse_name"));
        assert!(wrong(|c| c.cse_name = "_".into()).starts_with("cse_name"));
        assert!(wrong(|c| c.cse_name = "id-in".into()).starts_with("cse_id and cse_name"));
        assert!(wrong(|c| c.sp_id = "sp".into()).starts_with("sp_id"));
        assert!(wrong(|c| c.administrator = Some("*".into())).starts_with("administrator"));
    }
}
