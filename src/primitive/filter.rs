//! Filter criteria: which resources are meant (`m2m:filterCriteria`, TS-0004 6.3.5.8; TS-0001 table 8.1.2-2).

use super::Rejection;
use crate::value::{SmolStr, Timestamp, Value, excerpt};

/// The most values that one condition may list. A filter with more is refused: its work would be the stranger's to choose.
pub const MAX_VALUES: usize = 256;

/// Conditions on resources. Different conditions are joined by [`FilterOperation`]; the values of one condition by OR.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FilterCriteria {
    /// `crb`: created before.
    pub created_before: Option<Timestamp>,
    /// `cra`: created after.
    pub created_after: Option<Timestamp>,
    /// `ms`: modified since.
    pub modified_since: Option<Timestamp>,
    /// `us`: unmodified since.
    pub unmodified_since: Option<Timestamp>,
    /// `sts`: state tag smaller than.
    pub state_tag_smaller: Option<u64>,
    /// `stb`: state tag bigger than.
    pub state_tag_bigger: Option<u64>,
    /// `exb`: expires before.
    pub expire_before: Option<Timestamp>,
    /// `exa`: expires after.
    pub expire_after: Option<Timestamp>,
    /// `lbl`: has one of these labels.
    pub labels: Vec<SmolStr>,
    /// `lbq`: an expression over labels of the form `key:value`.
    pub labels_query: Option<SmolStr>,
    /// `clbl`: has a child with one of these labels.
    pub child_labels: Vec<SmolStr>,
    /// `palb`: its parent has one of these labels.
    pub parent_labels: Vec<SmolStr>,
    /// `ty`: is of one of these types.
    pub resource_type: Vec<u32>,
    /// `chty`: has a child of one of these types.
    pub child_resource_type: Vec<u32>,
    /// `pty`: its parent is of one of these types.
    pub parent_resource_type: Vec<u32>,
    /// `sza`: the content has at least this size, in bytes.
    pub size_above: Option<u64>,
    /// `szb`: the content is smaller than this, in bytes.
    pub size_below: Option<u64>,
    /// `cty`: the content has one of these media types.
    pub content_type: Vec<SmolStr>,
    /// `atr`: attributes have these values; `*` in a value stands for any text.
    pub attributes: Vec<(SmolStr, Value)>,
    /// `catr`: a child's attributes have these values.
    pub child_attributes: Vec<(SmolStr, Value)>,
    /// `patr`: the parent's attributes have these values.
    pub parent_attributes: Vec<(SmolStr, Value)>,
    /// `smf`: SPARQL.
    pub semantics_filter: Vec<SmolStr>,
    /// `fo`: how different conditions are joined.
    pub filter_operation: FilterOperation,
    /// `cfs` and `cfq`: a query into the content.
    pub content_filter: ContentFilter,
    /// `gmty`, `geom`, `gsf`: a geographical query.
    pub geo_query: GeoQuery,
    /// `fu`: what the criteria are for.
    pub filter_usage: Option<FilterUsage>,
    /// `lim`: the most resources in the answer.
    pub limit: Option<u64>,
    /// `lvl`: how many levels below the target.
    pub level: Option<u64>,
    /// `ofst`: which of the results is the first in the answer. It counts from 1; 0 means the same (TS-0004 7.3.3.17.15).
    pub offset: Option<u64>,
    /// `arp`: a path to be added to each match.
    pub apply_relative_path: Option<SmolStr>,
}

/// `m2m:filterOperation` (TS-0004 6.3.4.2.34; XOR came with Release 4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FilterOperation {
    /// 1: all conditions hold. The default.
    #[default]
    And,
    /// 2: at least one condition holds.
    Or,
    /// 3: exactly an odd number of conditions holds; of two, one.
    Xor,
}

/// `m2m:filterUsage` (TS-0004 6.3.4.2.31).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilterUsage {
    /// 1: the addresses of what matches.
    Discovery,
    /// 2: carry out the operation if the target matches.
    Conditional,
    /// 3: ask an interworking proxy.
    IpeOnDemandDiscovery,
    /// 4: carry out the operation on what matches (Release 4).
    DiscoveryBasedOperation,
}

/// A query into content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContentFilter {
    /// `cfs`: the query language; 1 is JSONPath.
    pub syntax: Option<u32>,
    /// `cfq`: the query.
    pub query: Option<SmolStr>,
}

/// A geographical query (Release 4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GeoQuery {
    /// `gmty`: the kind of geometry.
    pub geometry_type: Option<u32>,
    /// `geom`: its coordinates.
    pub geometry: Option<SmolStr>,
    /// `gsf`: within, contains or intersects.
    pub spatial_function: Option<u32>,
}

impl FilterCriteria {
    /// Discovery of everything below the target, to be narrowed.
    #[must_use]
    pub fn discovery() -> Self {
        Self { filter_usage: Some(FilterUsage::Discovery), ..Self::default() }
    }

    /// Whether any condition narrows the result; what only shapes it (`lim`, `lvl` …) does not count.
    #[must_use]
    pub fn has_conditions(&self) -> bool {
        let shape_only = Self {
            filter_operation: self.filter_operation,
            filter_usage: self.filter_usage,
            limit: self.limit,
            level: self.level,
            offset: self.offset,
            apply_relative_path: self.apply_relative_path.clone(),
            ..Self::default()
        };
        *self != shape_only
    }

    /// Sets the condition with this short name from the text of a query string. Answers `false` when no condition
    /// has this name. Lists are separated by spaces (TS-0009 6.2.2.2) or given by repeating the name.
    ///
    /// # Errors
    /// 4000 with a sentence, when the text is not of the condition's type or a single condition is repeated.
    pub fn set_text(&mut self, name: &str, text: &str) -> Result<bool, Rejection> {
        match name {
            "crb" => once(&mut self.created_before, name, timestamp(name, text)?)?,
            "cra" => once(&mut self.created_after, name, timestamp(name, text)?)?,
            "ms" => once(&mut self.modified_since, name, timestamp(name, text)?)?,
            "us" => once(&mut self.unmodified_since, name, timestamp(name, text)?)?,
            "sts" => once(&mut self.state_tag_smaller, name, number(name, text)?)?,
            "stb" => once(&mut self.state_tag_bigger, name, number(name, text)?)?,
            "exb" => once(&mut self.expire_before, name, timestamp(name, text)?)?,
            "exa" => once(&mut self.expire_after, name, timestamp(name, text)?)?,
            "lbl" => words(&mut self.labels, name, text)?,
            "lbq" => once(&mut self.labels_query, name, text.into())?,
            "clbl" => words(&mut self.child_labels, name, text)?,
            "palb" => words(&mut self.parent_labels, name, text)?,
            "ty" => types(&mut self.resource_type, name, text)?,
            "chty" => types(&mut self.child_resource_type, name, text)?,
            "pty" => types(&mut self.parent_resource_type, name, text)?,
            "sza" => once(&mut self.size_above, name, number(name, text)?)?,
            "szb" => once(&mut self.size_below, name, number(name, text)?)?,
            "cty" => words(&mut self.content_type, name, text)?,
            "smf" => push(&mut self.semantics_filter, name, text.into())?,
            "fo" => self.filter_operation = FilterOperation::from_number(number(name, text)?)?,
            "cfs" => once(&mut self.content_filter.syntax, name, small(name, text)?)?,
            "cfq" => once(&mut self.content_filter.query, name, text.into())?,
            "gmty" => once(&mut self.geo_query.geometry_type, name, small(name, text)?)?,
            "geom" => once(&mut self.geo_query.geometry, name, text.into())?,
            "gsf" => once(&mut self.geo_query.spatial_function, name, small(name, text)?)?,
            "fu" => once(&mut self.filter_usage, name, FilterUsage::from_number(number(name, text)?)?)?,
            "lim" => once(&mut self.limit, name, number(name, text)?)?,
            "lvl" => once(&mut self.level, name, positive(name, text)?)?,
            "ofst" => once(&mut self.offset, name, number(name, text)?)?,
            "arp" => once(&mut self.apply_relative_path, name, text.into())?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Adds a condition on an attribute: `""` for the resource itself, `"c."` for a child, `"p."` for the parent
    /// (the prefixes of TS-0009 6.2.2.2).
    ///
    /// # Errors
    /// 4000 when there are too many of them (256).
    pub fn set_attribute(&mut self, prefix: &str, name: &str, value: Value) -> Result<(), Rejection> {
        let list = match prefix {
            "c." => &mut self.child_attributes,
            "p." => &mut self.parent_attributes,
            _ => &mut self.attributes,
        };
        push(list, "atr", (name.into(), value))
    }
}

impl FilterOperation {
    /// The filter operation of that number.
    ///
    /// # Errors
    /// 4000 when there is none.
    pub fn from_number(number: u64) -> Result<Self, Rejection> {
        match number {
            1 => Ok(Self::And),
            2 => Ok(Self::Or),
            3 => Ok(Self::Xor),
            _ => Err(expected("fo", "1 (AND), 2 (OR) or 3 (XOR)", &number.to_string())),
        }
    }
}

impl FilterUsage {
    /// The filter usage of that number.
    ///
    /// # Errors
    /// 4000 when there is none.
    pub fn from_number(number: u64) -> Result<Self, Rejection> {
        match number {
            1 => Ok(Self::Discovery),
            2 => Ok(Self::Conditional),
            3 => Ok(Self::IpeOnDemandDiscovery),
            4 => Ok(Self::DiscoveryBasedOperation),
            _ => Err(expected("fu", "a filter usage from 1 to 4", &number.to_string())),
        }
    }
}

fn expected(name: &str, what: &str, got: &str) -> Rejection {
    Rejection::bad_request(format!("filter criteria {name}: expected {what}, got \"{}\"", excerpt(got)))
}

fn once<T>(place: &mut Option<T>, name: &str, value: T) -> Result<(), Rejection> {
    if place.is_some() {
        return Err(Rejection::bad_request(format!("filter criteria {name}: expected at most once")));
    }
    *place = Some(value);
    Ok(())
}

fn push<T>(list: &mut Vec<T>, name: &str, value: T) -> Result<(), Rejection> {
    if list.len() >= MAX_VALUES {
        return Err(Rejection::bad_request(format!("filter criteria {name}: expected at most {MAX_VALUES} values")));
    }
    list.push(value);
    Ok(())
}

fn words(list: &mut Vec<SmolStr>, name: &str, text: &str) -> Result<(), Rejection> {
    let before = list.len();
    text.split(' ').filter(|word| !word.is_empty()).try_for_each(|word| push(list, name, word.into()))?;
    if list.len() == before { Err(expected(name, "a value", text)) } else { Ok(()) }
}

fn types(list: &mut Vec<u32>, name: &str, text: &str) -> Result<(), Rejection> {
    let before = list.len();
    text.split([' ', ',']).filter(|word| !word.is_empty()).try_for_each(|word| push(list, name, small(name, word)?))?;
    if list.len() == before { Err(expected(name, "a resource type", text)) } else { Ok(()) }
}

fn timestamp(name: &str, text: &str) -> Result<Timestamp, Rejection> {
    Timestamp::parse(text).ok_or_else(|| expected(name, "a timestamp such as 20261120T160743", text))
}

fn number(name: &str, text: &str) -> Result<u64, Rejection> {
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let number = if plain { text.parse().ok().filter(|n: &u64| i64::try_from(*n).is_ok()) } else { None };
    number.ok_or_else(|| expected(name, "a non-negative integer", text))
}

fn positive(name: &str, text: &str) -> Result<u64, Rejection> {
    number(name, text).ok().filter(|number| *number > 0).ok_or_else(|| expected(name, "a positive integer", text))
}

fn small(name: &str, text: &str) -> Result<u32, Rejection> {
    number(name, text)?.try_into().map_err(|_| expected(name, "a small non-negative integer", text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_name_and_a_spaced_list_mean_the_same() {
        let (mut one, mut two) = (FilterCriteria::default(), FilterCriteria::default());
        one.set_text("ty", "3 4").unwrap();
        two.set_text("ty", "3").unwrap();
        two.set_text("ty", "4").unwrap();
        assert_eq!(one, two);
        assert_eq!(one.resource_type, [3, 4]);
    }

    #[test]
    fn wrong_values_are_refused_by_name() {
        for (name, text) in
            [("lim", "-1"), ("lim", "x"), ("ty", ""), ("crb", "yesterday"), ("fu", "9"), ("fo", "0"), ("lvl", "0")]
        {
            let rejection = FilterCriteria::default().set_text(name, text).unwrap_err();
            assert!(rejection.reason.contains(name), "{rejection}");
        }
        let mut twice = FilterCriteria::default();
        twice.set_text("lim", "1").unwrap();
        assert!(twice.set_text("lim", "2").is_err());
        assert!(!twice.set_text("nonsense", "2").unwrap());
    }

    #[test]
    fn ten_thousand_values_are_too_many() {
        let many = vec!["a"; 10_000].join(" ");
        assert!(FilterCriteria::default().set_text("lbl", &many).is_err());
    }
}
