//! The types that most programs need: a table of the attributes that they set, and how each of them begins. Subscriptions and
//! policies have more to say, in files of their own.

use super::draft::{drafts, texts};
use crate::value::{Map, SmolStr, Value};

drafts! {
    /// An application entity (TS-0001 9.6.5).
    ///
    /// ```
    /// use onem2m_cse::client::Ae;
    /// let ae = Ae::new("N.example.sensor").named("sensor").labels(["room:kitchen"]);
    /// ```
    Ae 2 "m2m:ae" {
        app_name "apn" text "a name for people."
        point_of_access "poa" texts "where it listens. Set by the client when it has a listener."
        request_reachability "rr" flag "whether it can be called. Default: set by the client, by how it is reached."
        content_serialization "csz" texts "the serializations that it reads, the best first: `json`, `cbor`, `xml`."
        supported_release_versions "srv" texts "the releases that it speaks. Default: the release of the client."
        ontology_ref "or" text "an ontology."
        access_control_policy_ids "acpi" texts "the policies that say who may do what with it."
    }
    /// A container of instances (TS-0001 9.6.6).
    Container 3 "m2m:cnt" {
        max_nr_of_instances "mni" number "the most instances; the oldest make room."
        max_byte_size "mbs" number "the most bytes of all instances; the oldest make room."
        max_instance_age "mia" number "how old an instance may become, in seconds."
        ontology_ref "or" text "an ontology."
        disable_retrieval "disr" flag "whether instances can only be heard of by notification."
        access_control_policy_ids "acpi" texts "the policies that say who may do what with it."
    }
    /// An instance in a container (TS-0001 9.6.7). It is never changed.
    ContentInstance 4 "m2m:cin" {
        content_info "cnf" text "the media type of the content, such as `application/json:0`."
        ontology_ref "or" text "an ontology."
    }
    /// A subscription (TS-0001 9.6.8): who is to be told what.
    ///
    /// ```
    /// use onem2m_cse::client::{EventType, Subscription};
    /// // Each new instance (type 4), and the end of the container.
    /// let events = [EventType::ChildCreated, EventType::Deleted];
    /// let subscription = Subscription::new().events(events).child_types([4]);
    /// ```
    Subscription 23 "m2m:sub" {
        notification_uri "nu" texts "who is to be told: AE-IDs, or URLs. `Client::subscribe` sets it to the client itself."
        expiration_counter "exc" number "after how many notifications it ends."
        latest_notify "ln" flag "whether only the last notification is of interest, when several could not be delivered."
        pending_notification "pn" number "what becomes of notifications that could not be delivered: 1 the last one is sent, 2 all are."
        subscriber_uri "su" text "who is to be told when the subscription is deleted."
        access_control_policy_ids "acpi" texts "the policies that say who may do what with it."
    }
    /// An access control policy (TS-0001 9.6.2).
    ///
    /// ```
    /// use onem2m_cse::client::{AccessControlPolicy, Operations};
    /// let policy = AccessControlPolicy::new(["CAdmin"])
    ///     .named("acp")
    ///     .allow(["Cdashboard"], Operations::RETRIEVE | Operations::DISCOVERY);
    /// ```
    AccessControlPolicy 1 "m2m:acp" {}
    /// A group of resources (TS-0001 9.6.13). A request to its child `fopt` goes to all of them; see [`members`].
    ///
    /// [`members`]: crate::client::members
    Group 9 "m2m:grp" {
        member_type "mt" number "the type of its members; 0 for any. Default: any."
        consistency_strategy "csy" number "what becomes of members of another type: 1 they are dropped, 2 so is the group, 3 it becomes mixed."
        group_name "gn" text "a name for people."
        members_access_control_policy_ids "macp" texts "the policies that say who may do what with the members through it."
        access_control_policy_ids "acpi" texts "the policies that say who may do what with it."
    }
    /// A polling channel (TS-0001 9.6.21). `Client::subscribe` makes one where it is needed.
    PollingChannel 15 "m2m:pch" {
        request_aggregation "rqag" flag "whether several requests may come in one answer (Release 4)."
    }
    /// A schedule (TS-0001 9.6.9).
    Schedule 18 "m2m:sch" {
        access_control_policy_ids "acpi" texts "the policies that say who may do what with it."
    }
}

impl Ae {
    /// An AE of the application with this App-ID: `N.example.sensor`, or `R` and a registered one.
    pub fn new(app_id: impl Into<SmolStr>) -> Self {
        Self { attributes: Map::from_iter([("api", Value::from(app_id.into()))]) }
    }

    /// Nothing yet: for an UPDATE.
    pub const fn changes() -> Self {
        Self { attributes: Map::new() }
    }
}

impl Container {
    /// A container without limits of its own; for an UPDATE, no changes yet.
    pub const fn new() -> Self {
        Self { attributes: Map::new() }
    }
}

impl Default for Container {
    fn default() -> Self {
        Self::new()
    }
}

impl ContentInstance {
    /// An instance with this content: text, as a rule. Numbers and structures are for a CSE that takes them.
    pub fn new(content: impl Into<Value>) -> Self {
        Self { attributes: Map::from_iter([("con", content.into())]) }
    }
}

impl Group {
    /// A group of these members, with room for so many.
    pub fn new<T: Into<SmolStr>>(members: impl IntoIterator<Item = T>, max_nr_of_members: u64) -> Self {
        Self { attributes: Map::from_iter([("mid", texts(members)), ("mnm", max_nr_of_members.into())]) }
    }

    /// Nothing yet: for an UPDATE.
    pub const fn changes() -> Self {
        Self { attributes: Map::new() }
    }
}

impl PollingChannel {
    /// A polling channel.
    pub const fn new() -> Self {
        Self { attributes: Map::new() }
    }
}

impl Default for PollingChannel {
    fn default() -> Self {
        Self::new()
    }
}

impl Schedule {
    /// A schedule with these elements, seven fields each: `* * 8-17 * * 1-5 *`.
    pub fn new<T: Into<SmolStr>>(elements: impl IntoIterator<Item = T>) -> Self {
        let entries = Map::from_iter([("sce", texts(elements))]);
        Self { attributes: Map::from_iter([("se", entries)]) }
    }
}

#[cfg(test)]
mod tests;
