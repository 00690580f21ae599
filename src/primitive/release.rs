//! Which release of the standard somebody speaks.

use std::fmt;

/// The release version indicator (`rvi`, `m2m:releaseVersion`, TS-0004 table 6.3.3-1). A request without one is
/// Release 1, which had none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum ReleaseVersion {
    /// Release 1: no indicator on the wire.
    #[default]
    R1,
    /// Release 2.
    R2,
    /// Release 2A.
    R2A,
    /// Release 3.
    R3,
    /// Release 4.
    R4,
    /// Release 5.
    R5,
}

impl ReleaseVersion {
    /// The releases that a primitive can name, as `supportedReleaseVersions` lists them.
    pub const NAMED: [Self; 5] = [Self::R2, Self::R2A, Self::R3, Self::R4, Self::R5];

    /// The release of that indicator. `"1"` is none: Release 1 has no indicator.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::NAMED.into_iter().find(|release| release.as_str() == text)
    }

    /// The indicator on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::R1 => "1",
            Self::R2 => "2",
            Self::R2A => "2a",
            Self::R3 => "3",
            Self::R4 => "4",
            Self::R5 => "5",
        }
    }
}

impl fmt::Display for ReleaseVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
