//! Typed names for dynamic values.

use std::marker::PhantomData;

use super::{Map, SmolStr, Timestamp, Value};

/// The short name of an attribute together with the Rust type that code reads it as.
///
/// ```
/// use onem2m_cse::value::{Attr, Map};
/// const MAX_NR_OF_INSTANCES: Attr<u64> = Attr::new("mni");
/// let mut container = Map::new();
/// MAX_NR_OF_INSTANCES.set(&mut container, 10);
/// assert_eq!(MAX_NR_OF_INSTANCES.get(&container), Some(10));
/// ```
pub struct Attr<T> {
    name: &'static str,
    kind: PhantomData<fn() -> T>,
}

impl<T> Attr<T> {
    /// The attribute with this short name.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { name, kind: PhantomData }
    }

    /// The short name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Whether the attribute is present, whatever its value.
    #[must_use]
    pub fn is_in(&self, map: &Map) -> bool {
        map.contains(self.name)
    }

    /// Takes the attribute out.
    pub fn remove(&self, map: &mut Map) {
        map.remove(self.name);
    }
}

impl<T: FromValue> Attr<T> {
    /// The attribute's value, or `None` when it is absent, null or of another kind.
    #[must_use]
    pub fn get(&self, map: &Map) -> Option<T> {
        map.get(self.name).and_then(T::from_value)
    }
}

impl<T: Into<Value>> Attr<T> {
    /// Sets the attribute.
    pub fn set(&self, map: &mut Map, value: T) {
        map.set(self.name, value);
    }
}

/// A Rust type that an attribute can be read as.
pub trait FromValue: Sized {
    /// Reads it, or `None` when the value is of another kind.
    fn from_value(value: &Value) -> Option<Self>;
}

impl FromValue for bool {
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(flag) => Some(*flag),
            _ => None,
        }
    }
}

impl FromValue for u64 {
    fn from_value(value: &Value) -> Option<Self> {
        value.as_int().and_then(|number| Self::try_from(number).ok())
    }
}

impl FromValue for u32 {
    fn from_value(value: &Value) -> Option<Self> {
        value.as_int().and_then(|number| Self::try_from(number).ok())
    }
}

impl FromValue for i64 {
    fn from_value(value: &Value) -> Option<Self> {
        value.as_int()
    }
}

impl FromValue for String {
    fn from_value(value: &Value) -> Option<Self> {
        value.as_text().map(str::to_owned)
    }
}

impl FromValue for SmolStr {
    fn from_value(value: &Value) -> Option<Self> {
        value.as_text().map(Self::from)
    }
}

impl FromValue for Timestamp {
    fn from_value(value: &Value) -> Option<Self> {
        value.as_text().and_then(Self::parse)
    }
}

impl FromValue for Value {
    fn from_value(value: &Value) -> Option<Self> {
        Some(value.clone())
    }
}

impl<T: FromValue> FromValue for Vec<T> {
    fn from_value(value: &Value) -> Option<Self> {
        value.as_list()?.iter().map(T::from_value).collect()
    }
}
