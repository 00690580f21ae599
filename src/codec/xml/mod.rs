//! XML (TS-0004 8.3), driven by the schemas: only they know that the text of an element is a number, or that several
//! elements of one name are a list.
//!
//! ```text
//! bytes ──document::parse──► Element ──read──► Value          Value ──write──► text
//!          quick-xml, limits   names    kinds                        kinds
//! ```
//!
//! Both ways ask `kind` what stands where, so what is written is read back as it was. Where XML has no words for a value
//! (an object in a `con`, a list of lists, text with control characters), two standards help out that any reader may know:
//! `xsi:type` of XML Schema says what a text is, and the elements of XPath's `json-to-xml` (`loose`) spell any JSON.
//!
//! NULL is an empty element, whatever its type (8.3.1). XML calls an element empty that has no content at all, so a text
//! without characters is written as an empty CDATA section, and a list without items as a space: both are empty to a
//! schema, and neither is to XML.

mod document;
mod kind;
mod loose;
mod names;
mod plain;
#[cfg(test)]
mod properties;
mod read;
mod scalar;
#[cfg(test)]
mod tests;
mod write;

pub use read::decode;
pub use write::encode;

/// The namespace of `xsi:type` and `xsi:nil`.
const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";
/// The namespace of the types that `xsi:type` names.
const SCHEMA: &str = "http://www.w3.org/2001/XMLSchema";
/// The namespace of the elements that spell JSON.
const FUNCTIONS: &str = "http://www.w3.org/2005/xpath-functions";
