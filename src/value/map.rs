//! Named values in the order they came.

use super::{SmolStr, Value};

/// Members by name. Order is kept; names are unique. Made for the ten to thirty members of a resource, so a look-up
/// walks the list; the codecs bound how many members a stranger can send.
#[derive(Clone, Debug, Default)]
pub struct Map {
    members: Vec<(SmolStr, Value)>,
}

impl Map {
    /// A map without members.
    #[must_use]
    pub const fn new() -> Self {
        Self { members: Vec::new() }
    }

    /// An empty map with room for `capacity` members.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self { members: Vec::with_capacity(capacity) }
    }

    /// The member of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.members.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// The member of that name, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        self.members.iter_mut().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// Whether there is a member of that name.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Sets a member: in its place when it is there already, at the end otherwise.
    pub fn set(&mut self, name: impl Into<SmolStr>, value: impl Into<Value>) {
        let name = name.into();
        let value = value.into();
        match self.get_mut(&name) {
            Some(old) => *old = value,
            None => self.members.push((name, value)),
        }
    }

    /// Adds a member that the caller knows to be new. A codec that has checked for duplicates need not search again.
    pub fn push(&mut self, name: impl Into<SmolStr>, value: impl Into<Value>) {
        self.members.push((name.into(), value.into()));
    }

    /// Takes a member out.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let at = self.members.iter().position(|(key, _)| key == name)?;
        Some(self.members.remove(at).1)
    }

    /// All members in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&SmolStr, &Value)> + ExactSizeIterator {
        self.members.iter().map(|(name, value)| (name, value))
    }

    /// The number of members.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there is no member.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The only member, if there is exactly one. Content of a primitive has this shape: `{"m2m:cnt": {…}}`.
    #[must_use]
    pub fn single(&self) -> Option<(&SmolStr, &Value)> {
        match self.members.as_slice() {
            [(name, value)] => Some((name, value)),
            _ => None,
        }
    }
}

/// Two maps are equal when they have the same members, in whatever order.
impl PartialEq for Map {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|(name, value)| other.get(name) == Some(value))
    }
}

impl IntoIterator for Map {
    type Item = (SmolStr, Value);
    type IntoIter = std::vec::IntoIter<(SmolStr, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.members.into_iter()
    }
}

impl<N: Into<SmolStr>, V: Into<Value>> FromIterator<(N, V)> for Map {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(members: I) -> Self {
        let mut map = Self::new();
        for (name, value) in members {
            map.set(name, value);
        }
        map
    }
}
