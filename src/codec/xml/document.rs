//! Bytes → elements: XML as such, within limits, knowing nothing of what it means.
//!
//! A document type declaration, and with it any entity of its own, is refused; so are processing instructions. What is
//! left expands to nothing: the five predefined entities and references to characters.

use std::borrow::Cow;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesDecl, BytesStart, Event};
use quick_xml::reader::Reader;

use super::names::Scope;
use super::scalar::{is_blank, is_char, is_known};
use crate::schema::Registry;
use crate::value::{SmolStr, excerpt};

/// The most XML attributes of one element, declarations of namespaces among them.
const MAX_ATTRIBUTES: usize = 32;

/// An element with what is inside.
#[derive(Debug)]
pub struct Element {
    /// The name, with the prefix that this crate uses.
    pub name: SmolStr,
    /// XML attributes that are members.
    pub attributes: Vec<(SmolStr, String)>,
    /// What `xsi:type` says, if it is a type we know, without its prefix.
    pub says: Option<SmolStr>,
    /// `xsi:nil`.
    pub nil: bool,
    pub body: Body,
}

/// What is inside an element.
#[derive(Debug)]
pub enum Body {
    /// Nothing at all.
    Empty,
    /// Text. The parts that stood in CDATA sections are `true`: white space in them is nobody's decoration.
    Text(Vec<(bool, String)>),
    /// Elements. White space between them is decoration.
    Elements(Vec<Element>),
}

/// Reads a document: its root element.
///
/// # Errors
/// A sentence with the place, in bytes.
pub fn parse(bytes: &[u8], max_depth: usize, registry: &Registry) -> Result<Element, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| format!("not UTF-8: {error}"))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Some(wrong) = text.chars().find(|c| !is_char(*c)) {
        return Err(format!("character {:#x} does not exist in XML", u32::from(wrong)));
    }
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.check_comments = true;
    config.trim_markup_names_in_closing_tags = true;
    let mut parser = Parser { reader, scope: Scope::default(), registry };
    parser.document(max_depth).map_err(|reason| format!("{reason} at byte {}", parser.reader.buffer_position()))
}

struct Parser<'a, 'r> {
    reader: Reader<&'a [u8]>,
    scope: Scope,
    registry: &'r Registry,
}

impl<'a> Parser<'a, '_> {
    fn event(&mut self) -> Result<Event<'a>, String> {
        match self.reader.read_event().map_err(|error| error.to_string())? {
            Event::DocType(_) => Err("document type declarations are not accepted".to_owned()),
            Event::PI(_) => Err("processing instructions are not accepted".to_owned()),
            other => Ok(other),
        }
    }

    fn document(&mut self, depth: usize) -> Result<Element, String> {
        let mut root = None;
        let mut first = true;
        loop {
            match self.event()? {
                Event::Decl(declaration) if first => check_declaration(&declaration)?,
                Event::Start(start) if root.is_none() => root = Some(self.element(&start, true, depth)?),
                Event::Empty(start) if root.is_none() => root = Some(self.element(&start, false, depth)?),
                Event::Start(_) | Event::Empty(_) => return Err("a second root element".to_owned()),
                Event::Comment(_) => {}
                Event::Text(text) if is_blank(&text) => {}
                Event::Eof => return root.ok_or_else(|| "there is no element".to_owned()),
                _ => return Err("expected one element and nothing beside it".to_owned()),
            }
            first = false;
        }
    }

    fn element(&mut self, start: &BytesStart<'a>, open: bool, depth: usize) -> Result<Element, String> {
        let depth = depth.checked_sub(1).ok_or_else(|| "nested too deep".to_owned())?;
        let mark = self.scope.mark();
        let mut element = self.head(start)?;
        if open {
            element.body = self.body(depth)?;
        }
        self.scope.back_to(mark);
        Ok(element)
    }

    fn head(&mut self, start: &BytesStart<'a>) -> Result<Element, String> {
        let mut attributes: Vec<(SmolStr, String)> = Vec::new();
        for (count, attribute) in start.attributes().enumerate() {
            if count >= MAX_ATTRIBUTES {
                return Err(format!("expected at most {MAX_ATTRIBUTES} XML attributes"));
            }
            let attribute = attribute.map_err(|error| error.to_string())?;
            let name = attribute.key.into_inner();
            if attribute.value.contains('<') {
                return Err("'<' in an XML attribute".to_owned());
            }
            let value = attribute.normalized_value(XmlVersion::Explicit1_0).map_err(|error| error.to_string())?;
            check_chars(&value)?;
            match name.strip_prefix("xmlns") {
                Some("") => self.scope.declare("", &value)?,
                Some(prefix) if prefix.starts_with(':') => {
                    self.scope.declare(prefix.trim_start_matches(':'), &value)?
                }
                _ => attributes.push((name.into(), value.into_owned())),
            }
        }
        let name = start.name();
        let name = self.scope.canonical_element(self.registry, name.into_inner());
        if name.is_empty() || name.ends_with(':') || name.starts_with(':') {
            return Err("an element without a name".to_owned());
        }
        let mut element = Element { name, attributes: Vec::new(), says: None, nil: false, body: Body::Empty };
        for (name, value) in attributes {
            let name = self.scope.canonical(self.registry, &name);
            match name.as_str() {
                "xsi:type" => {
                    let says = value.rsplit(':').next().unwrap_or_default();
                    element.says = is_known(says).then(|| says.into());
                }
                "xsi:nil" => element.nil = matches!(value.trim(), "true" | "1"),
                // Hints for other readers, such as xsi:schemaLocation and xml:lang.
                prefixed if prefixed.contains(':') => {}
                _ => element.attributes.push((name, value)),
            }
        }
        Ok(element)
    }

    fn body(&mut self, depth: usize) -> Result<Body, String> {
        let mut text: Vec<(bool, String)> = Vec::new();
        let mut elements = Vec::new();
        let mut add = |words: &str, cdata: bool| match text.last_mut() {
            Some((false, last)) if !cdata => last.push_str(words),
            _ => text.push((cdata, words.to_owned())),
        };
        loop {
            match self.event()? {
                Event::Start(start) => elements.push(self.element(&start, true, depth)?),
                Event::Empty(start) => elements.push(self.element(&start, false, depth)?),
                Event::Text(words) => {
                    let words = words.xml10_content();
                    if words.contains("]]>") {
                        return Err("']]>' outside of a CDATA section".to_owned());
                    }
                    add(&words, false);
                }
                Event::CData(words) => add(&words.xml10_content(), true),
                Event::GeneralRef(reference) => {
                    let name = reference.into_inner();
                    let mut buffer = [0_u8; 4];
                    add(resolve(&name)?.encode_utf8(&mut buffer), false);
                }
                Event::End(_) => break,
                Event::Comment(_) => {}
                Event::Eof => return Err("it breaks off".to_owned()),
                _ => return Err("a declaration inside an element".to_owned()),
            }
        }
        if elements.is_empty() {
            return Ok(if text.is_empty() { Body::Empty } else { Body::Text(text) });
        }
        if text.iter().any(|(cdata, words)| *cdata || !is_blank(words)) {
            return Err("text and elements side by side".to_owned());
        }
        Ok(Body::Elements(elements))
    }
}

impl Body {
    /// The text in one piece.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(parts) => match parts.as_slice() {
                [(_, only)] => only.into(),
                parts => parts.iter().map(|(_, part)| part.as_str()).collect::<String>().into(),
            },
            Self::Empty | Self::Elements(_) => "".into(),
        }
    }

    /// Whether there is white space only, and none that was meant.
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Text(parts) => parts.iter().all(|(cdata, part)| !cdata && is_blank(part)),
            Self::Elements(_) => false,
        }
    }
}

fn check_declaration(declaration: &BytesDecl<'_>) -> Result<(), String> {
    let version = declaration.version().map_err(|error| error.to_string())?;
    if &*version != "1.0" {
        return Err(format!("expected XML 1.0, got {:?}", excerpt(&version)));
    }
    match declaration.encoding().transpose().map_err(|error| error.to_string())? {
        Some(encoding) if !encoding.eq_ignore_ascii_case("utf-8") => {
            Err(format!("expected UTF-8, got {:?}", excerpt(&encoding)))
        }
        _ => Ok(()),
    }
}

fn check_chars(text: &str) -> Result<(), String> {
    if text.chars().all(is_char) { Ok(()) } else { Err("a reference to a character that XML does not have".to_owned()) }
}

/// The character that a reference stands for.
fn resolve(name: &str) -> Result<char, String> {
    let wrong = || format!("&{}; is unknown here", excerpt(name));
    if let Some(number) = name.strip_prefix('#') {
        let (digits, radix) = number.strip_prefix('x').map_or((number, 10), |hex| (hex, 16));
        let spelled = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
        let code = if spelled { u32::from_str_radix(digits, radix).ok() } else { None };
        return code.and_then(char::from_u32).filter(|c| is_char(*c)).ok_or_else(wrong);
    }
    match name {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "apos" => Ok('\''),
        "quot" => Ok('"'),
        _ => Err(wrong()),
    }
}
