//! Groups: who belongs to one, and how a request reaches all of them (TS-0001 9.6.13, 9.6.14, 10.2.7; TS-0004 7.4.13,
//! 7.4.14).
//!
//! ```text
//! membership  before a group is kept: members once each, of the right type
//! trail       where a fanned-out request has been: loops end, and nothing grows without bound
//! fan_out     one request to `fopt` ─▶ one for each member, each walked like any other ─▶ one answer
//!             └ choice (which members) · subscribe (what a subscription says to them) · aggregate (the answer)
//! originators groups as entries of access control rules
//! memory      what is kept between requests: group request identifiers, whose turn it is
//! ```
//! All requests of one fan-out share the change-set of the request that came: a thousand members are one commit.

mod aggregate;
mod choice;
mod fan_out;
mod member;
pub(crate) mod membership;
mod memory;
mod originators;
mod subscribe;
mod trail;

pub(super) use choice::refuse_stray;
pub(super) use fan_out::fan_out;
pub(super) use memory::Memory;
pub(super) use originators::has_member;
pub(super) use trail::{Trail, admit};

use crate::value::{Attr, SmolStr, Value};

/// `mt`: the type of the members; 0 for all sorts.
pub(crate) const MEMBER_TYPE: Attr<u32> = Attr::new("mt");
/// `spty`: which specialisation of that type.
pub(crate) const SPECIALIZATION_TYPE: Attr<Value> = Attr::new("spty");
/// `cnm`.
pub(crate) const CURRENT_NR_OF_MEMBERS: Attr<u64> = Attr::new("cnm");
/// `mnm`.
pub(crate) const MAX_NR_OF_MEMBERS: Attr<u64> = Attr::new("mnm");
/// `mid`.
pub(crate) const MEMBER_IDS: Attr<Vec<SmolStr>> = Attr::new("mid");
/// `macp`: the policies of the fan-out point.
pub(crate) const MEMBERS_ACCESS_CONTROL_POLICY_IDS: Attr<Vec<SmolStr>> = Attr::new("macp");
/// `mtv`: whether the types of all members are known to be right.
pub(crate) const MEMBER_TYPE_VALIDATED: Attr<bool> = Attr::new("mtv");
/// `csy`: what becomes of members of the wrong type.
pub(crate) const CONSISTENCY_STRATEGY: Attr<u32> = Attr::new("csy");

/// The type of a group.
pub(crate) const GROUP: u32 = 9;
/// The name of the fan-out point in an address.
pub(super) const FAN_OUT_POINT: &str = "fopt";
