//! UPDATE.

use super::{Asked, Attributes, Instant, LIFE, Model, access, code, instant, list_of, parent, text};

impl Model {
    /// UPDATE.
    ///
    /// # Errors
    /// The status code.
    pub fn update(&mut self, asked: &Asked, now: Instant) -> Result<String, u16> {
        let path = asked.to.as_str();
        let Some(node) = self.nodes.get(path).cloned() else {
            let holder = path.strip_suffix("/la").or(path.strip_suffix("/ol"));
            let is_virtual = holder.is_some_and(|path| self.nodes.get(path).is_some_and(|node| node.ty == 3));
            return Err(if is_virtual { code::NOT_ALLOWED } else { code::NOT_FOUND });
        };
        if node.ty == 4 {
            return Err(code::NOT_ALLOWED);
        }
        if node.ty != asked.ty {
            return Err(code::BAD_REQUEST);
        }
        let a = &asked.attributes;
        let may = if a.contains_key("acpi") {
            access::may_change_policies(self, &asked.from, path)
        } else {
            access::may(self, &asked.from, access::UPDATE, path)
        };
        if !may {
            return Err(code::NO_PRIVILEGE);
        }
        if a.contains_key("zzz") {
            return Err(code::BAD_REQUEST);
        }
        let mut expires = node.expires;
        if let Some(wish) = a.get("et") {
            let parents = self.nodes[parent(path).unwrap()].expires;
            let most = parents.map_or(now + LIFE, |parents| parents.min(now + LIFE));
            let next = instant(Some(wish)).unwrap_or(most);
            let children = self.children(path);
            let outlived = |next| children.iter().any(|(_, child)| child.expires.is_some_and(|at| at > next));
            if next <= now || (node.expires.is_some_and(|at| next.min(most) < at) && outlived(next.min(most))) {
                return Err(code::BAD_REQUEST);
            }
            expires = Some(next.min(most));
        }
        if !list_of(a, "acpi").iter().all(|id| self.nodes.get(id).is_some_and(|node| node.ty == 1)) {
            return Err(code::BAD_REQUEST);
        }
        let before = node.attributes.clone();
        let entered = if node.ty == 9 { self.members(&asked.from, a, &before)? } else { Attributes::new() };
        let node = self.nodes.get_mut(path).unwrap();
        for (name, value) in a {
            if value.is_null() {
                node.attributes.remove(name)
            } else {
                node.attributes.insert(name.clone(), value.clone())
            };
        }
        node.attributes.extend(entered);
        node.expires = expires;
        node.attributes.insert("et".into(), text(expires.unwrap()));
        node.attributes.insert("lt".into(), text(now));
        if node.ty == 3 {
            node.state_tag += 1;
            self.make_room(path, 0, 0);
        }
        // TS-0001 10.1.4: an update counts for the resource above as well.
        if let Some(above) = parent(path).and_then(|above| self.nodes.get_mut(above)).filter(|above| above.ty == 3) {
            above.state_tag += 1;
        }
        self.tell(path, path, 1, Some((&before, a)));
        Ok(path.to_owned())
    }
}
