//! Who is told what (TS-0004 7.5.1.2.2).

use serde_json::{Value as Json, json};

use super::{Attributes, Instant, Model, Told, list, text};

/// What an update was: the attributes before, and those that the request named.
type Update<'a> = (&'a Attributes, &'a Attributes);

impl Model {
    /// Whether the subscription of that identifier is there, and whoever it is to tell.
    #[must_use]
    pub fn reaches(&self, id: &str) -> bool {
        let Some(path) = self.path_of(id).filter(|path| self.nodes[*path].ty == 23) else { return false };
        list(&self.nodes[path], "nu").iter().all(|target| self.is_there(target))
    }

    /// Whether there is anybody to tell.
    #[must_use]
    pub fn is_there(&self, target: &str) -> bool {
        target.contains("://") || self.nodes.values().any(|node| node.ty == 2 && node.owner == *target)
    }

    /// Whoever subscribed to `subscribed` and wants to hear of that kind of event is told of `path`.
    pub(super) fn tell(&mut self, subscribed: &str, path: &str, net: u64, update: Option<Update<'_>>) {
        if self.nodes.get(subscribed).is_none_or(|node| node.ty == 23) {
            return;
        }
        let subscriptions = self.children(subscribed).into_iter().filter(|(at, node)| node.ty == 23 && *at != path);
        let told: Vec<(String, Told)> = subscriptions
            .filter(|(_, node)| node.attributes["enc"]["net"].as_array().unwrap().contains(&net.into()))
            .map(|(_, node)| {
                let rep = self.representation(path, node.attributes["nct"].as_u64().unwrap(), update);
                (node.id().to_owned(), Told { net, rep })
            })
            .collect();
        for (id, told) in told {
            self.told.entry(id).or_default().push(told);
        }
    }

    fn representation(&self, path: &str, content: u64, update: Option<Update<'_>>) -> Json {
        let node = &self.nodes[path];
        match (content, update) {
            (3, _) => format!("/id-in/{}", node.id()).into(),
            (2, Some((before, sent))) => {
                let mut modified = different(before, &node.attributes);
                for name in sent.keys().filter(|name| node.attributes.contains_key(*name)) {
                    modified.insert(name.clone(), node.attributes[name].clone());
                }
                if node.ty == 3 {
                    modified.insert("st".into(), node.state_tag.into());
                }
                Json::Object(modified)
            }
            _ => Json::Object(self.shown(path)),
        }
    }

    /// TS-0004 7.5.1.2.2: so many notifications of a subscription were taken. They count, and the last takes it along.
    pub fn heard(&mut self, id: &str, delivered: u64, now: Instant) {
        let Some(path) = self.path_of(id).cloned() else { return };
        let Some(left) = self.nodes[&path].attributes.get("exc").and_then(Json::as_u64) else { return };
        if delivered == 0 {
            return;
        }
        if left <= delivered {
            return self.remove(&path);
        }
        let attributes = &mut self.nodes.get_mut(&path).unwrap().attributes;
        attributes.insert("exc".into(), json!(left - delivered));
        attributes.insert("lt".into(), text(now));
    }
}

/// What is not as it was; what is gone is null.
fn different(before: &Attributes, after: &Attributes) -> Attributes {
    let mut different = after.clone();
    different.retain(|name, value| before.get(name) != Some(value));
    for name in before.keys().filter(|name| !after.contains_key(*name)) {
        different.insert(name.clone(), Json::Null);
    }
    different
}
