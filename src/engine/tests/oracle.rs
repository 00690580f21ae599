//! A slow reading of TS-0004 7.3.3.17, written from the clauses alone: it knows the tree from RETRIEVEs of every resource
//! that was ever created, and shares no code with the search it judges.

use super::World;
use crate::primitive::Status;
use crate::value::{Map, Value};

/// One criterion as a query string writes it: `("cra", "20261121T013000")`, `("c.mni", "3")`.
pub type Criterion = (String, String);

/// A resource as its RETRIEVE shows it.
pub struct Seen {
    pub id: String,
    pub path: String,
    pub level: u64,
    pub attributes: Map,
    parent: Option<usize>,
}

/// All living resources in the order of their creation, the root of the search first.
pub struct Oracle(Vec<Seen>);

impl Oracle {
    /// Looks at `root` and at each of `ids`, which are in the order of their creation.
    pub fn look(world: &mut World, root: &str, ids: &[String]) -> Self {
        let mut seen: Vec<Seen> = Vec::new();
        for id in std::iter::once(root).chain(ids.iter().map(String::as_str)) {
            let response = world.retrieve("CAdmin", id);
            if response.status == Status::NOT_FOUND {
                continue;
            }
            let attributes = response.attributes().unwrap();
            let text = |name: &str| attributes.get(name).unwrap().as_text().unwrap().to_owned();
            let parent = seen.iter().position(|other| other.id == text("pi"));
            let (path, level) = match parent {
                Some(at) => (format!("{}/{}", seen[at].path, text("rn")), seen[at].level + 1),
                None if seen.is_empty() => (text("rn"), 0),
                None => continue,
            };
            seen.push(Seen { id: text("ri"), path, level, attributes, parent });
        }
        Self(seen)
    }

    /// What a discovery has to find: in the order of creation, before paging.
    pub fn find(&self, criteria: &[Criterion]) -> Vec<&Seen> {
        let value = |name: &str| criteria.iter().find(|(tag, _)| tag == name).map(|(_, value)| value.as_str());
        let deepest = value("lvl").map_or(u64::MAX, |level| level.parse().unwrap());
        let operation = value("fo").unwrap_or("1");
        let below = self.0.iter().enumerate().skip(1).filter(|(_, seen)| seen.level <= deepest);
        below.filter(|(at, _)| self.matches(*at, criteria, operation)).map(|(_, seen)| seen).collect()
    }

    /// Conditions of one tag are joined by OR, those of different tags as `fo` says.
    fn matches(&self, at: usize, criteria: &[Criterion], operation: &str) -> bool {
        let mut tags: Vec<&str> = criteria.iter().map(|(tag, _)| partner(tag)).collect();
        tags.sort_unstable();
        tags.dedup();
        let verdicts: Vec<bool> = tags
            .iter()
            .filter(|tag| !matches!(**tag, "fu" | "fo" | "lvl" | "lim" | "ofst" | "arp"))
            .map(|tag| {
                let same: Vec<&Criterion> = criteria.iter().filter(|(other, _)| partner(other) == *tag).collect();
                self.holds(at, tag, &same)
            })
            .collect();
        match operation {
            _ if verdicts.is_empty() => true,
            "1" => verdicts.iter().all(|holds| *holds),
            "2" => verdicts.iter().any(|holds| *holds),
            _ => verdicts.iter().filter(|holds| **holds).count() % 2 == 1,
        }
    }

    fn holds(&self, at: usize, tag: &str, same: &[&Criterion]) -> bool {
        let own = &self.0[at].attributes;
        let words = || same.iter().flat_map(|(_, value)| value.split(' '));
        let parent = self.0[at].parent.map(|parent| &self.0[parent].attributes);
        let children = || self.0.iter().filter(|seen| seen.parent == Some(at)).map(|seen| &seen.attributes);
        let labelled = |of: &Map| words().any(|wanted| texts(of.get("lbl")).iter().any(|label| like(wanted, label)));
        let typed = |of: &Map| words().any(|wanted| texts(of.get("ty")).contains(&wanted.to_owned()));
        let has = |of: &Map, name: &str| same.iter().any(|(_, v)| texts(of.get(name)).iter().any(|is| like(v, is)));
        match tag {
            "cra" => within(own, "ct", same, "crb"),
            "ms" => within(own, "lt", same, "us"),
            "exa" => within(own, "et", same, "exb"),
            "stb" => within(own, "st", same, "sts"),
            "sza" => within(own, "cs", same, "szb"),
            "lbl" => labelled(own),
            "palb" => parent.is_some_and(labelled),
            "clbl" => children().any(labelled),
            "ty" => typed(own),
            "pty" => parent.is_some_and(typed),
            "chty" => children().any(typed),
            "cty" => words().any(|v| texts(own.get("cnf")).iter().any(|is| like(v, is.split(':').next().unwrap()))),
            "lbq" => same.iter().any(|(_, query)| query.split(';').any(|one| expression(one.trim(), own))),
            _ if tag.starts_with("p.") => parent.is_some_and(|parent| has(parent, &tag[2..])),
            _ if tag.starts_with("c.") => children().any(|child| has(child, &tag[2..])),
            _ => has(own, tag),
        }
    }
}

/// Lower and upper bound of an interval are one condition.
fn partner(tag: &str) -> &str {
    match tag {
        "crb" => "cra",
        "us" => "ms",
        "exb" => "exa",
        "sts" => "stb",
        "szb" => "sza",
        other => other,
    }
}

/// 7.3.3.17.1 to .4 and .7: the lower bound belongs to the interval, the upper does not.
fn within(own: &Map, attribute: &str, bounds: &[&Criterion], upper: &str) -> bool {
    // Numbers are padded, so that their order is that of their text; timestamps are of one form anyway.
    let pad = |text: &str| if text.contains('T') { format!("{text:0<22}") } else { format!("{text:0>22}") };
    let Some(is) = texts(own.get(attribute)).pop() else { return false };
    bounds.iter().all(|(tag, bound)| {
        let bound = if bound.len() == 15 { format!("{bound},") } else { bound.clone() };
        if tag == upper { pad(&is) < pad(&bound) } else { pad(&bound) <= pad(&is) }
    })
}

/// An attribute's values as text.
fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Text(text)) => vec![text.clone()],
        Some(Value::Int(number)) => vec![number.to_string()],
        Some(Value::Bool(flag)) => vec![flag.to_string()],
        Some(Value::List(items)) => items.iter().flat_map(|item| texts(Some(item))).collect(),
        _ => Vec::new(),
    }
}

/// Whether a text is like a pattern in which `*` stands for any text.
fn like(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, tail)) => {
            let Some(rest) = text.strip_prefix(head) else { return false };
            (0..=rest.len()).any(|from| like(tail, &rest[from..]))
        }
    }
}

/// 7.3.3.17.16, the forms of which stories make use.
fn expression(text: &str, own: &Map) -> bool {
    let labels = texts(own.get("lbl"));
    let key_of = |label: &String| label.split(':').next().unwrap().to_owned();
    match text.split(' ').collect::<Vec<_>>()[..] {
        [key] => labels.iter().any(|label| key_of(label) == key || label == key),
        ["NT", key] => !labels.iter().any(|label| key_of(label) == key),
        [key, "EQ", value] => labels.contains(&format!("{key}:{value}")),
        [key, "NE", value] => {
            labels.iter().any(|label| label.starts_with(&format!("{key}:")))
                && !labels.contains(&format!("{key}:{value}"))
        }
        _ => unreachable!("{text}"),
    }
}
