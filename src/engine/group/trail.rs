//! Where a fanned-out request has been.

use std::collections::BTreeSet;

use super::FAN_OUT_POINT;
use crate::engine::context::{Context, Stop};
use crate::engine::resolve::Target;
use crate::primitive::{Rejection, Status};
use crate::tree::Node;
use crate::value::SmolStr;

/// However deep groups may lie within each other by configuration: answers within answers have to be read again.
const DEEPEST: usize = 16;

/// The most that one request may make of its content by fanning it out, in bytes.
const MOST_CONTENT: usize = 64 << 20;

/// A target as the list of group request identifiers knows it: a resource, and the virtual resource behind it.
pub type Goal = (Node, SmolStr);

/// What the members of one fan-out share. It goes along with each of them, and comes back.
#[derive(Debug, Default)]
pub(crate) struct Trail {
    /// How many groups the request has come through.
    pub depth: usize,
    /// How many members it was meant for so far, in all groups together.
    pub(super) reached: usize,
    pub(super) content: usize,
    /// Where it has been under its group request identifier.
    pub goals: BTreeSet<Goal>,
    /// Whose turn it is next in these groups.
    pub turns: Vec<(Node, u64)>,
    /// Somebody was asked and did not answer in time.
    pub late: bool,
}

impl Trail {
    /// One group further in, with so many members.
    ///
    /// # Errors
    /// 4005 when groups lie too deep within each other, 6010 when the request would reach too many members, 4102 when its
    /// content would be multiplied too often.
    pub fn enter(&mut self, limits: &crate::config::Limits, members: usize, content: usize) -> Result<(), Rejection> {
        let deepest = limits.group_depth.min(DEEPEST);
        if self.depth > deepest {
            let reason = format!("a request follows groups within groups at most {deepest} levels deep");
            return Err(Rejection::not_allowed(reason));
        }
        let reached = self.reached.saturating_add(members);
        if reached > limits.group_members {
            let most = limits.group_members;
            let reason = format!("one request reaches at most {most} members, those of groups within groups included");
            return Err(Rejection::new(Status::MAX_NUMBER_OF_MEMBER_EXCEEDED, reason));
        }
        let content = self.content.saturating_add(content.saturating_mul(members));
        if content > MOST_CONTENT {
            let reason = format!("content (pc): too large for {members} members at once; name some of them (grtm)");
            return Err(Rejection::unacceptable(reason));
        }
        (self.depth, self.reached, self.content) = (self.depth.saturating_add(1), reached, content);
        Ok(())
    }

    /// Back out again.
    pub const fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }
}

/// The target as others would name it to find out whether it was addressed before.
pub fn goal(target: &Target) -> Goal {
    match target {
        Target::Resource(record) => (record.node, SmolStr::default()),
        Target::Latest(record) => (record.node, "la".into()),
        Target::Oldest(record) => (record.node, "ol".into()),
        Target::PollingChannelUri(record) => (record.node, "pcu".into()),
        Target::FanOut(group, suffix) if suffix.is_empty() => (group.node, FAN_OUT_POINT.into()),
        Target::FanOut(group, suffix) => (group.node, format!("{FAN_OUT_POINT}/{suffix}").into()),
    }
}

/// TS-0004 7.3.3.2: the same group request identifier meets a target once. Loops of groups end here.
///
/// # Errors
/// 4104 when it was there before.
pub fn admit(cx: &mut Context<'_>, target: &Target) -> Result<(), Stop> {
    let request = cx.request;
    let Some(identifier) = &request.group_request_identifier else { return Ok(()) };
    let goal = goal(target);
    if cx.trail.depth == 0 {
        // It comes from outside. A request that waited for others is not a second one.
        cx.pinned("admitted", |cx| {
            let known = cx.talk.groups.is_some_and(|memory| memory.knows(identifier, &goal, cx.now));
            if known { Err(exists()) } else { Ok(SmolStr::default()) }
        })?;
    }
    if cx.trail.goals.insert(goal) { Ok(()) } else { Err(exists()) }
}

fn exists() -> Stop {
    let reason = "groupRequestIdentifier (gid): a request with it has reached this target before";
    Rejection::new(Status::GROUP_REQUEST_IDENTIFIER_EXISTS, reason).into()
}
