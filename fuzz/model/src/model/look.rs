//! What can be seen, and by whom.

use serde_json::Value as Json;

use super::{Asked, Model, Node, access, code, list, parent};

impl Model {
    /// The path that an address with `la` or `ol` at its end means; otherwise itself.
    pub(super) fn resolve(&self, asked: &Asked, privilege: u8) -> Result<String, u16> {
        let (parent_path, last) = asked.to.rsplit_once('/').unwrap_or(("", &asked.to));
        let holds = |path: &str| self.nodes.get(path).is_some_and(|node| node.ty == 3);
        if !matches!(last, "la" | "ol") || !holds(parent_path) {
            return if self.nodes.contains_key(&asked.to) { Ok(asked.to.clone()) } else { Err(code::NOT_FOUND) };
        }
        let mut instances = self.instances(parent_path).into_iter();
        match if last == "la" { instances.next_back() } else { instances.next() } {
            Some((path, _)) => Ok(path),
            None if !access::may(self, &asked.from, privilege, parent_path) => Err(code::NO_PRIVILEGE),
            None if self.disabled(parent_path) => Err(code::NOT_ALLOWED),
            None => Err(code::NOT_FOUND),
        }
    }

    pub(super) fn disabled(&self, container: &str) -> bool {
        self.nodes[container].attributes.get("disr") == Some(&Json::Bool(true))
    }

    /// Whether an instance cannot be had because its container says so.
    pub(super) fn hidden(&self, path: &str) -> bool {
        self.nodes[path].ty == 4 && parent(path).is_some_and(|parent| self.disabled(parent))
    }

    /// RETRIEVE: the path of what is shown.
    ///
    /// # Errors
    /// The status code.
    pub fn retrieve(&self, asked: &Asked) -> Result<String, u16> {
        let path = self.resolve(asked, access::RETRIEVE)?;
        if !access::may(self, &asked.from, access::RETRIEVE, &path) {
            return Err(code::NO_PRIVILEGE);
        }
        if self.hidden(&path) { Err(code::NOT_ALLOWED) } else { Ok(path) }
    }

    /// DISCOVERY below the CSEBase by label and type: paths in the order of creation.
    #[must_use]
    pub fn discover(&self, from: &str, label: Option<&str>, ty: Option<u32>) -> Vec<String> {
        let labelled = |node: &Node| label.is_none_or(|label| list(node, "lbl").iter().any(|own| own == label));
        let mut found: Vec<_> = self.nodes.iter().filter(|(path, _)| *path != "cse-in").collect();
        found.retain(|(path, node)| {
            labelled(node)
                && ty.is_none_or(|ty| ty == node.ty)
                && access::may(self, from, access::DISCOVERY, path)
                && !self.hidden(path)
        });
        found.sort_by_key(|(_, node)| node.number);
        found.into_iter().map(|(path, _)| path.clone()).collect()
    }
}
