//! What an element holds, by its name and by what it stands in.

use crate::schema::{Complex, DataType, Registry, ResourceType, Simple};

/// The complex type whose members are the elements that may stand in a content.
const CONTENT: &str = "m2m:primitiveContent";
/// The complex type that is a text with XML attributes.
const REFERENCE: &str = "m2m:childResourceRef";

/// What an element holds.
#[derive(Clone, Copy, Debug)]
pub enum Kind<'r> {
    /// Nobody knows.
    Free,
    /// A value of this type.
    Typed(&'r DataType),
    /// A value of this complex type.
    Complex(&'r Complex),
    /// One reference of those in `ch` (TS-0004 7.5.2, result content 5).
    References(&'r Complex),
    /// The attributes of a resource.
    Resource(&'r ResourceType),
    /// One of the children of a type, inside their parent.
    Children(&'r ResourceType),
}

impl<'r> Kind<'r> {
    /// What a type says of itself.
    fn of(data_type: &'r DataType) -> Self {
        match data_type {
            DataType::Complex(complex) => Self::Complex(complex),
            DataType::Simple(Simple::Any) => Self::Free,
            other => Self::Typed(other),
        }
    }

    /// What a member of that name holds.
    pub fn member(self, registry: &'r Registry, name: &str) -> Self {
        match self {
            Self::Resource(of) | Self::Children(of) => match of.attribute(name) {
                Some(attribute) => Self::of(&attribute.data_type),
                None if name == "ch" => registry.complex(REFERENCE).map_or(Self::Free, Self::References),
                None => match Self::global(registry, name) {
                    Self::Resource(child) => Self::Children(child),
                    other => other,
                },
            },
            Self::Complex(complex) | Self::References(complex) => match complex.member(name) {
                Some(member) => Self::of(&member.data_type),
                None => Self::global(registry, name),
            },
            Self::Free | Self::Typed(_) => Self::global(registry, name),
        }
    }

    /// What an element holds that stands for itself: a resource, a notification, a list of addresses …
    pub fn global(registry: &'r Registry, name: &str) -> Self {
        if !name.contains(':') {
            return Self::Free;
        }
        if let Some(of) = registry.by_root(name) {
            return Self::Resource(of);
        }
        let member = registry.complex(CONTENT).and_then(|content| content.member(name));
        member.map_or(Self::Free, |member| Self::of(&member.data_type))
    }

    /// What each item holds, if this is a list.
    pub fn item(self) -> Option<Self> {
        match self {
            Self::Typed(DataType::List(list)) => Some(Self::of(&list.of)),
            Self::Children(of) => Some(Self::Resource(of)),
            Self::References(complex) => Some(Self::Complex(complex)),
            _ => None,
        }
    }

    /// Whether the items stand side by side in one element (`xs:list`). What may have spaces of its own stands in an
    /// element each, as do objects.
    pub fn is_inline(self) -> bool {
        match self {
            Self::Typed(DataType::List(list)) => match &list.of {
                DataType::Simple(simple) => !matches!(simple, Simple::Any | Simple::String | Simple::ScheduleEntry),
                DataType::Complex(_) | DataType::List(_) => false,
                DataType::ResourceType | DataType::MemberType(_) | DataType::Enumeration(_) => true,
            },
            _ => false,
        }
    }

    /// Whether this is a text with XML attributes (TS-0004 8.4.2: in JSON, an object with `val`).
    pub fn is_reference(self) -> bool {
        matches!(self, Self::Complex(complex) if complex.name == REFERENCE)
    }

    /// Whether elements are expected inside, and no text.
    pub const fn has_members(self) -> bool {
        matches!(self, Self::Complex(_) | Self::Resource(_) | Self::Children(_) | Self::References(_))
    }

    /// Where a member stands among the others in XML, whose schemas order them (8.3.1).
    pub fn rank(self, name: &str) -> usize {
        /// The order of the types that all resources are derived from (TS-0004 6.5).
        const FIRST: [&str; 12] = ["rn", "ty", "ri", "pi", "ct", "lt", "lbl", "acpi", "et", "daci", "at", "aa"];
        let last = usize::MAX;
        match self {
            Self::Resource(of) | Self::Children(of) => {
                FIRST.iter().position(|first| *first == name).unwrap_or_else(|| {
                    let own = of.attributes().position(|attribute| attribute.short == name);
                    own.map_or(last, |place| place.saturating_add(FIRST.len()))
                })
            }
            Self::Complex(complex) | Self::References(complex) => {
                complex.members.iter().position(|member| member.short == name).unwrap_or(last)
            }
            Self::Free | Self::Typed(_) => last,
        }
    }
}
