//! What an access control rule allows (`m2m:accessControlOperations`, TS-0004 6.3.4.2.29).

use std::ops::BitOr;

/// A set of operations. They are joined with `|`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operations(u32);

impl Operations {
    /// Create children.
    pub const CREATE: Self = Self(1);
    /// Read.
    pub const RETRIEVE: Self = Self(2);
    /// Change.
    pub const UPDATE: Self = Self(4);
    /// Delete.
    pub const DELETE: Self = Self(8);
    /// Be told something.
    pub const NOTIFY: Self = Self(16);
    /// Be found.
    pub const DISCOVERY: Self = Self(32);
    /// Everything.
    pub const ALL: Self = Self(63);

    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }
}

impl BitOr for Operations {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
