//! What is to be created, or changed.

use crate::value::{Map, SmolStr, Value};

/// A resource to be created, or the changes of one.
pub trait Draft {
    /// The number of its type.
    fn resource_type(&self) -> u32;
    /// Its type's name on the wire: `m2m:cnt`.
    fn root(&self) -> &str;
    /// Its attributes by their short names.
    fn into_attributes(self) -> Map;
}

/// A resource of any type, also one of a vendor's own.
///
/// ```
/// use onem2m_cse::client::{Draft, Other};
/// let light = Other::new(28, "cod:light").named("light").with("cnd", "org.onem2m.home.device.light");
/// assert_eq!((light.resource_type(), light.root()), (28, "cod:light"));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct Other {
    resource_type: u32,
    root: SmolStr,
    attributes: Map,
}

impl Other {
    /// A resource of the type with this number and this name on the wire.
    pub fn new(resource_type: u32, root: impl Into<SmolStr>) -> Self {
        Self { resource_type, root: root.into(), attributes: Map::new() }
    }

    /// `rn`: its name. Without one, the CSE gives it a name.
    pub fn named(self, name: impl Into<SmolStr>) -> Self {
        self.with("rn", name.into())
    }

    /// Any attribute, by its short name.
    pub fn with(mut self, short: &str, value: impl Into<Value>) -> Self {
        self.attributes.set(short, value);
        self
    }

    /// In an UPDATE: deletes an attribute.
    pub fn without(self, short: &str) -> Self {
        self.with(short, Value::Null)
    }

    /// All of these attributes.
    pub fn with_all(mut self, attributes: Map) -> Self {
        attributes.into_iter().for_each(|(short, value)| self.attributes.set(short, value));
        self
    }
}

impl Draft for Other {
    fn resource_type(&self) -> u32 {
        self.resource_type
    }
    fn root(&self) -> &str {
        &self.root
    }
    fn into_attributes(self) -> Map {
        self.attributes
    }
}

/// A list of texts as a value.
pub(super) fn texts<T: Into<SmolStr>>(items: impl IntoIterator<Item = T>) -> Value {
    Value::List(items.into_iter().map(|item| Value::from(item.into())).collect())
}

/// One setter, by the kind of its value.
macro_rules! setter {
    ($name:ident $short:literal text $doc:literal) => {
        #[doc = concat!("`", $short, "`: ", $doc)]
        pub fn $name(self, value: impl Into<SmolStr>) -> Self {
            self.with($short, value.into())
        }
    };
    ($name:ident $short:literal texts $doc:literal) => {
        #[doc = concat!("`", $short, "`: ", $doc)]
        pub fn $name<T: Into<SmolStr>>(self, values: impl IntoIterator<Item = T>) -> Self {
            self.with($short, $crate::client::resource::draft::texts(values))
        }
    };
    ($name:ident $short:literal number $doc:literal) => {
        #[doc = concat!("`", $short, "`: ", $doc)]
        pub fn $name(self, value: u64) -> Self {
            self.with($short, value)
        }
    };
    ($name:ident $short:literal flag $doc:literal) => {
        #[doc = concat!("`", $short, "`: ", $doc)]
        pub fn $name(self, value: bool) -> Self {
            self.with($short, value)
        }
    };
    ($name:ident $short:literal time $doc:literal) => {
        #[doc = concat!("`", $short, "`: ", $doc)]
        pub fn $name(self, value: $crate::value::Timestamp) -> Self {
            self.with($short, value)
        }
    };
}

/// A table of types: a line for each attribute that programs set, with its long name, its short name and its kind.
macro_rules! drafts {
    ($(
        $(#[$meta:meta])*
        $type:ident $number:literal $root:literal {
            $($name:ident $short:literal $kind:ident $doc:literal)*
        }
    )*) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        #[must_use]
        pub struct $type {
            pub(in crate::client) attributes: Map,
        }

        impl $type {
            /// `rn`: its name. Without one, the CSE gives it a name.
            pub fn named(self, name: impl Into<SmolStr>) -> Self {
                self.with("rn", name.into())
            }

            /// Any attribute, by its short name.
            pub fn with(mut self, short: &str, value: impl Into<Value>) -> Self {
                self.attributes.set(short, value);
                self
            }

            /// In an UPDATE: deletes an attribute.
            pub fn without(self, short: &str) -> Self {
                self.with(short, Value::Null)
            }

            $crate::client::resource::draft::setter! { labels "lbl" texts "labels, by which it can be found." }
            $crate::client::resource::draft::setter! { expiration_time "et" time "when it ceases to be. Default: as late as the CSE permits." }
            $($crate::client::resource::draft::setter! { $name $short $kind $doc })*
        }

        impl $crate::client::Draft for $type {
            fn resource_type(&self) -> u32 {
                $number
            }
            fn root(&self) -> &str {
                $root
            }
            fn into_attributes(self) -> Map {
                self.attributes
            }
        }
    )*};
}

pub(in crate::client) use drafts;
pub(in crate::client) use setter;
