//! CREATE.

use serde_json::Value as Json;

use super::{Asked, Attributes, Instant, LIFE, Model, access, code, instant, list_of, size, text};

impl Model {
    /// Whether this CREATE would be turned down before anybody is asked, or needs nobody's consent.
    ///
    /// # Errors
    /// The status code.
    pub fn may_create(&self, asked: &Asked, now: Instant) -> Result<(), u16> {
        let target = asked.to.as_str();
        let Some(above) = self.nodes.get(target) else {
            let holder = target.strip_suffix("/la").or(target.strip_suffix("/ol"));
            let is_virtual = holder.is_some_and(|path| self.nodes.get(path).is_some_and(|node| node.ty == 3));
            return Err(if is_virtual { code::NOT_ALLOWED } else { code::NOT_FOUND });
        };
        if asked.ty != 2 && !access::may_create(self, &asked.from, asked.ty, target) {
            return Err(code::NO_PRIVILEGE);
        }
        if !holds(above.ty).contains(&asked.ty) {
            return Err(if asked.ty == 23 { code::NOT_SUBSCRIBABLE } else { code::INVALID_CHILD });
        }
        let a = &asked.attributes;
        if a.contains_key("zzz") || instant(a.get("et")).is_some_and(|at| at <= now) {
            return Err(code::BAD_REQUEST);
        }
        let name = a.get("rn").and_then(Json::as_str);
        let taken = name.is_some_and(|name| self.nodes.contains_key(&format!("{target}/{name}")));
        match asked.ty {
            2 if self.nodes.values().any(|node| node.ty == 2 && node.owner == asked.from) => {
                return Err(code::ALREADY_REGISTERED);
            }
            4 if above.attributes.get("mbs").and_then(Json::as_u64).is_some_and(|most| size(a) > most) => {
                return Err(code::NOT_ACCEPTABLE);
            }
            9 => drop(self.members(&asked.from, a, &Attributes::new())?),
            15 if self.children(target).iter().any(|(_, child)| child.ty == 15) => return Err(code::CONFLICT),
            23 if !access::may(self, &asked.from, access::RETRIEVE, target) => return Err(code::NO_PRIVILEGE),
            _ => {}
        }
        if asked.ty == 23 && taken {
            return Err(code::CONFLICT);
        }
        if asked.ty == 23 && !asked.welcome {
            return Err(code::VERIFICATION_FAILED);
        }
        if !list_of(a, "acpi").iter().all(|id| self.nodes.get(id).is_some_and(|node| node.ty == 1)) {
            return Err(code::BAD_REQUEST);
        }
        // A name that is taken may be free once the oldest instance has made room.
        if taken && !(asked.ty == 4 && self.would_make_room(target, &format!("{target}/{}", name.unwrap()), size(a))) {
            return Err(code::CONFLICT);
        }
        Ok(())
    }

    pub(super) fn would_make_room(&self, container: &str, gone: &str, bytes: u64) -> bool {
        let mut other = self.clone();
        other.make_room(container, 1, bytes);
        !other.nodes.contains_key(gone)
    }

    /// CREATE. `ri` and `rn` are what the CSE has chosen where nobody else did.
    ///
    /// # Errors
    /// The status code.
    pub fn create(&mut self, asked: &Asked, now: Instant) -> Result<String, u16> {
        self.may_create(asked, now)?;
        let ri = asked.chosen.first().map_or("unknown", String::as_str);
        let mut attributes = asked.attributes.clone();
        let name = attributes.get("rn").and_then(Json::as_str).unwrap_or(ri).to_owned();
        let path = format!("{}/{name}", asked.to);
        let above = self.nodes[&asked.to].clone();
        let most = above.expires.map_or(now + LIFE, |parents| parents.min(now + LIFE));
        let mut expires = instant(attributes.get("et")).map_or(most, |wish| wish.min(most));
        if asked.ty == 4 {
            let bytes = size(&attributes);
            self.make_room(&asked.to, 1, bytes);
            let container = self.nodes.get_mut(&asked.to).unwrap();
            container.state_tag += 1;
            attributes.insert("cs".into(), bytes.into());
            attributes.insert("st".into(), container.state_tag.into());
            if let Some(age) = above.attributes.get("mia").and_then(Json::as_i64) {
                expires = expires.min(now + age * 1_000_000);
            }
        }
        if asked.ty == 2 {
            attributes.insert("aei".into(), asked.from.as_str().into());
        }
        if asked.ty == 9 {
            let entered = self.members(&asked.from, &asked.attributes, &Attributes::new())?;
            attributes.extend(entered);
        }
        let universal = [("rn", name.into()), ("ty", asked.ty.into()), ("ri", ri.into())];
        for (name, value) in universal {
            attributes.insert(name.into(), value);
        }
        attributes.insert("pi".into(), above.id().into());
        attributes.insert("ct".into(), text(now));
        attributes.insert("lt".into(), text(now));
        attributes.insert("et".into(), text(expires));
        if attributes.get("cr") == Some(&Json::Null) {
            attributes.insert("cr".into(), asked.from.as_str().into());
        }
        self.put(&path, asked.ty, &asked.from, Json::Object(attributes), Some(expires));
        if asked.ty == 23 {
            self.told.insert(ri.to_owned(), Vec::new());
        }
        self.tell(&asked.to, &path, 3, None);
        if asked.ty == 4 {
            self.make_room(&asked.to, 0, 0);
        }
        Ok(path)
    }
}

/// The types that one of that type may hold.
pub(super) const fn holds(ty: u32) -> &'static [u32] {
    match ty {
        5 => &[1, 2, 3, 9, 23],
        2 => &[1, 3, 9, 15, 23],
        3 => &[3, 4, 23],
        1 | 9 | 17 => &[23],
        _ => &[],
    }
}
