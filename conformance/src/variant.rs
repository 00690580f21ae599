//! What tells the variants of a purpose apart: the part of an identifier behind the underscore.

use onem2m_cse::primitive::Operation;

use crate::kind::{Kind, tagged};

/// The variant, such as `CNT/MNI`: types first, then whatever the purpose varies. Empty where there is one variant only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variant {
    tag: String,
    kinds: Vec<Kind>,
    rest: Vec<String>,
}

impl Variant {
    /// Reads one.
    #[must_use]
    pub fn new(tag: &str) -> Self {
        let parts: Vec<&str> = tag.split('/').filter(|part| !part.is_empty()).collect();
        let kinds: Vec<Kind> = parts.iter().map_while(|part| tagged(part)).collect();
        let rest = parts.iter().skip(kinds.len()).map(|part| (*part).to_owned()).collect();
        Self { tag: tag.to_owned(), kinds, rest }
    }

    /// Reads one that is the scope of an address: `ABS`, `CSR`, `SPR`.
    #[must_use]
    pub fn of_scope(tag: &str) -> Self {
        Self { tag: tag.to_owned(), kinds: Vec::new(), rest: vec![tag.to_owned()] }
    }

    /// As it stands in the identifier.
    #[must_use]
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// The types that it begins with: of `CIN/CNT` both.
    #[must_use]
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// The first type; where the variant names none, the one given.
    #[must_use]
    pub fn kind_or(&self, otherwise: Kind) -> Kind {
        self.kinds.first().copied().unwrap_or(otherwise)
    }

    /// The attributes that follow the types, by their names on the wire: of `ACP/LBL/AT` they are `lbl`, `at`.
    #[must_use]
    pub fn attributes(&self) -> Vec<String> {
        self.rest.iter().map(|part| part.to_lowercase()).collect()
    }

    /// The first of them, or nothing.
    #[must_use]
    pub fn attribute(&self) -> String {
        self.attributes().into_iter().next().unwrap_or_default()
    }

    /// The number at the end, of `RCN/4` it is 4.
    #[must_use]
    pub fn number(&self) -> i64 {
        self.rest.last().and_then(|part| part.parse().ok()).unwrap_or_default()
    }

    /// The operation, of `CRE`, `RET`, `UPD`, `DEL`; RETRIEVE otherwise.
    #[must_use]
    pub fn operation(&self) -> Operation {
        match self.rest.first().map(String::as_str) {
            Some("CRE") => Operation::Create,
            Some("UPD") => Operation::Update,
            Some("DEL") => Operation::Delete,
            _ => Operation::Retrieve,
        }
    }

    /// Whether it is this.
    #[must_use]
    pub fn is(&self, tag: &str) -> bool {
        self.tag == tag
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::{CIN, CNT, TS};

    #[test]
    fn types_come_first() {
        assert_eq!(Variant::new("CIN/CNT").kinds(), [CIN, CNT]);
        assert_eq!(Variant::new("CNT/MNI").attribute(), "mni");
        assert_eq!(Variant::new("CNT/LBL/AT").attributes(), ["lbl", "at"]);
        assert_eq!(Variant::new("TS").kind_or(CNT), TS);
        assert_eq!(Variant::new("MNI").kind_or(CNT), CNT);
    }

    #[test]
    fn numbers_and_operations_are_read() {
        assert_eq!(Variant::new("RCN/4").number(), 4);
        assert_eq!(Variant::new("DEL").operation(), Operation::Delete);
    }
}
