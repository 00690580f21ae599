//! Who is told what.

use serde_json::Value as Json;

use super::{Model, Node, Told, list};

impl Model {
    /// Whether the subscription of that identifier is there, and whoever it is to tell.
    #[must_use]
    pub fn reaches(&self, id: &str) -> bool {
        let Some(node) = self.nodes.values().find(|node| node.ty == 23 && node.id() == id) else { return false };
        let targets = list(node, "nu");
        let registered = |name: &String| self.nodes.values().any(|node| node.ty == 2 && node.owner == *name);
        targets.iter().all(|target| target.contains("://") || registered(target))
    }

    /// Whoever subscribed to `subscribed` and wants to hear of that kind of event is told of `path`.
    pub(super) fn tell(&mut self, subscribed: &str, path: &str, net: u64) {
        if self.nodes.get(subscribed).is_none_or(|node| node.ty == 23) {
            return;
        }
        let subscriptions = self.children(subscribed).into_iter().filter(|(at, node)| node.ty == 23 && *at != path);
        let wants = |node: &&Node| node.attributes["enc"]["net"].as_array().unwrap().contains(&net.into());
        let wanting: Vec<String> =
            subscriptions.map(|(_, node)| node).filter(wants).map(|node| node.id().to_owned()).collect();
        let told = Told { net, rep: Json::Object(self.shown(path)) };
        for id in wanting {
            self.told.entry(id).or_default().push(told.clone());
        }
    }
}
