//! Groups: who is a member (TS-0004 7.4.13.2), and a request to all of them (7.4.14).

use serde_json::{Value as Json, json};

use super::create::holds;
use super::{Act, Asked, Attributes, Instant, Model, Outcome, access, code, list, list_of, text};

impl Model {
    /// What a group gets from what somebody wants of it; `before` is what it was.
    ///
    /// # Errors
    /// The status code.
    pub(super) fn members(&self, from: &str, wanted: &Attributes, before: &Attributes) -> Result<Attributes, u16> {
        let number = |name: &str| wanted.get(name).or(before.get(name)).and_then(Json::as_u64);
        if !list_of(wanted, "macp").iter().all(|id| self.nodes.get(id).is_some_and(|node| node.ty == 1)) {
            return Err(code::BAD_REQUEST);
        }
        let (ty, most) = (number("mt").unwrap_or(0), number("mnm").unwrap_or(0));
        if !wanted.contains_key("mid") {
            let own = before.get("cnm").and_then(Json::as_u64).unwrap_or(0);
            return if own > most { Err(code::TOO_MANY_MEMBERS) } else { Ok(Attributes::new()) };
        }
        let mut members: Vec<String> = Vec::new();
        for id in list_of(wanted, "mid") {
            if !members.iter().any(|other| self.place(other) == self.place(&id)) {
                members.push(id);
            }
        }
        if members.len() as u64 > most {
            return Err(code::TOO_MANY_MEMBERS);
        }
        let strategy = number("csy").unwrap_or(1);
        let (mut fitting, mut mixed) = (Vec::new(), false);
        for id in &members {
            let node = self.nodes.get(&self.place(id));
            if ty != 0 && node.is_some() && !access::may(self, from, access::RETRIEVE, &self.place(id)) {
                return Err(code::RECEIVER_NO_PRIVILEGE);
            }
            match strategy {
                _ if ty == 0 || node.is_some_and(|node| u64::from(node.ty) == ty) => fitting.push(id.clone()),
                1 => {}
                2 => return Err(code::INCONSISTENT),
                _ => {
                    mixed = true;
                    break;
                }
            }
        }
        let members = if mixed { members } else { fitting };
        let ty = if mixed { 0 } else { ty };
        let Json::Object(entered) =
            json!({"mt": ty, "csy": strategy, "cnm": members.len(), "mtv": true, "mid": members})
        else {
            unreachable!("an object")
        };
        Ok(entered)
    }

    /// Where a member is: two spellings of one place are one member.
    fn place(&self, id: &str) -> String {
        self.path_of(id).cloned().unwrap_or_else(|| id.to_owned())
    }

    pub(super) fn fan_out(&mut self, asked: &Asked, group: &str, suffix: &str, now: Instant) -> Outcome {
        let Some(node) = self.nodes.get(group).filter(|node| node.ty == 9) else {
            return Outcome::refused(code::NOT_FOUND);
        };
        let privilege = match asked.act {
            Act::Create => access::CREATE,
            Act::Retrieve => access::RETRIEVE,
            Act::Update => access::UPDATE,
            Act::Delete => access::DELETE,
        };
        if !access::may_fan_out(self, &asked.from, privilege, asked.ty, group) {
            return Outcome::refused(code::NO_PRIVILEGE);
        }
        let of = node.attributes["mt"].as_u64().and_then(|ty| u32::try_from(ty).ok()).unwrap_or(0);
        if asked.act == Act::Create && suffix.is_empty() && of != 0 && !holds(of).contains(&asked.ty) {
            return Outcome::refused(code::INVALID_CHILD);
        }
        let ids = list(node, "mid");
        if ids.is_empty() {
            return Outcome::refused(code::NO_MEMBERS);
        }
        let (mut members, mut gone) = (Vec::new(), Vec::new());
        for (place, id) in ids.into_iter().enumerate() {
            let chosen = asked.chosen.get(place).cloned().into_iter().collect();
            if asked.chosen.get(place).is_some_and(|chosen| *chosen == code::FAILED.to_string()) {
                members.push((id, Outcome::refused(code::FAILED)));
                continue;
            }
            let to = format!("{}{suffix}", self.place(&id));
            let outcome = self.perform(&Asked { to, chosen, ..asked.clone() }, now);
            if outcome.code == code::DELETED && suffix.is_empty() {
                gone.push(id.clone());
            }
            members.push((id, outcome));
        }
        self.strike_off(group, &gone, now);
        Outcome { code: code::OK, shown: None, members }
    }

    /// TS-0004 7.4.14.3.5: members that were deleted through their group are members no more.
    fn strike_off(&mut self, group: &str, gone: &[String], now: Instant) {
        let Some(node) = self.nodes.get_mut(group).filter(|_| !gone.is_empty()) else { return };
        let before = node.attributes.clone();
        let mut ids = list(node, "mid");
        ids.retain(|id| !gone.contains(id));
        node.attributes.insert("cnm".into(), ids.len().into());
        node.attributes.insert("mid".into(), ids.into());
        node.attributes.insert("lt".into(), text(now));
        self.tell(group, group, 1, Some((&before, &Attributes::new())));
    }
}
