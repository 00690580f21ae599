//! What the originator wants to see of the result.

/// `m2m:resultContent` (TS-0004 6.3.4.2.7; 11 and 12 came with Release 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultContent {
    /// 0: only the status.
    Nothing,
    /// 1: the attributes.
    Attributes,
    /// 2: the hierarchical address of the created resource.
    HierarchicalAddress,
    /// 3: the hierarchical address and the attributes.
    HierarchicalAddressAndAttributes,
    /// 4: the attributes and the child resources.
    AttributesAndChildResources,
    /// 5: the attributes and references to the child resources.
    AttributesAndChildResourceReferences,
    /// 6: references to the child resources.
    ChildResourceReferences,
    /// 7: the original resource of an announced one.
    OriginalResource,
    /// 8: the child resources.
    ChildResources,
    /// 9: the attributes that the request changed.
    ModifiedAttributes,
    /// 10: semantic content.
    SemanticContent,
    /// 11: references to the discovered resources.
    DiscoveryResultReferences,
    /// 12: what the originator may do with the resource.
    Permissions,
}

impl ResultContent {
    /// The result content of that number.
    #[must_use]
    pub const fn from_number(number: i64) -> Option<Self> {
        Some(match number {
            0 => Self::Nothing,
            1 => Self::Attributes,
            2 => Self::HierarchicalAddress,
            3 => Self::HierarchicalAddressAndAttributes,
            4 => Self::AttributesAndChildResources,
            5 => Self::AttributesAndChildResourceReferences,
            6 => Self::ChildResourceReferences,
            7 => Self::OriginalResource,
            8 => Self::ChildResources,
            9 => Self::ModifiedAttributes,
            10 => Self::SemanticContent,
            11 => Self::DiscoveryResultReferences,
            12 => Self::Permissions,
            _ => return None,
        })
    }

    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Nothing => 0,
            Self::Attributes => 1,
            Self::HierarchicalAddress => 2,
            Self::HierarchicalAddressAndAttributes => 3,
            Self::AttributesAndChildResources => 4,
            Self::AttributesAndChildResourceReferences => 5,
            Self::ChildResourceReferences => 6,
            Self::OriginalResource => 7,
            Self::ChildResources => 8,
            Self::ModifiedAttributes => 9,
            Self::SemanticContent => 10,
            Self::DiscoveryResultReferences => 11,
            Self::Permissions => 12,
        }
    }
}

/// How discovered resources are named (`m2m:desIdResType`, TS-0004 6.3.4.2.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum DiscoveryResultType {
    /// 1: `cse-in/ae1/temps`. The default.
    #[default]
    Structured,
    /// 2: `cnt-5`.
    Unstructured,
}

impl DiscoveryResultType {
    /// The discovery result type of that number.
    #[must_use]
    pub const fn from_number(number: i64) -> Option<Self> {
        match number {
            1 => Some(Self::Structured),
            2 => Some(Self::Unstructured),
            _ => None,
        }
    }

    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Structured => 1,
            Self::Unstructured => 2,
        }
    }
}
