//! The labelsQuery condition (TS-0004 7.3.3.17.16): a small language over labels of the form `key:value`.

use crate::primitive::Rejection;
use crate::value::SmolStr;

/// One expression. Several are separated by `;` or, where no list is open, by `,`; one that holds is enough.
#[derive(Debug, PartialEq, Eq)]
enum Expression<'a> {
    Has(&'a str),
    HasNot(&'a str),
    In(&'a str, Vec<&'a str>),
    NotIn(&'a str, Vec<&'a str>),
}

/// Whether a query can be read.
///
/// # Errors
/// 4000 with what was expected.
pub fn check(query: &str) -> Result<(), Rejection> {
    let readable = query.len() <= 4096 && parse(query).is_some();
    readable.then_some(()).ok_or_else(|| {
        Rejection::bad_request(
            "labelsQuery (lbq): expected expressions such as key, NT key, key EQ value, key NE value, key IN (a, b), key NI (a, b)",
        )
    })
}

/// Whether one of the query's expressions holds for these labels.
#[must_use]
pub fn holds(query: &str, labels: &[SmolStr]) -> bool {
    parse(query).is_some_and(|expressions| expressions.iter().any(|expression| expression.holds(labels)))
}

impl Expression<'_> {
    fn holds(&self, labels: &[SmolStr]) -> bool {
        let split = |label: &SmolStr| label.split_once(':').map(|(key, value)| (key.to_owned(), value.to_owned()));
        let has = |key: &str| labels.iter().any(|label| label == key || split(label).is_some_and(|(k, _)| k == key));
        let values = |key: &str| -> Vec<String> {
            labels.iter().filter_map(split).filter(|(k, _)| k == key).map(|(_, value)| value).collect()
        };
        match self {
            Self::Has(key) => has(key),
            Self::HasNot(key) => !has(key),
            Self::In(key, wanted) => values(key).iter().any(|value| wanted.contains(&value.as_str())),
            Self::NotIn(key, unwanted) => {
                let values = values(key);
                !values.is_empty() && !values.iter().any(|value| unwanted.contains(&value.as_str()))
            }
        }
    }
}

fn parse(query: &str) -> Option<Vec<Expression<'_>>> {
    split(query).into_iter().map(|part| expression(part.trim())).collect()
}

/// Cuts at separators outside parentheses.
fn split(query: &str) -> Vec<&str> {
    let (mut parts, mut start, mut open) = (Vec::new(), 0, false);
    for (at, c) in query.char_indices() {
        match c {
            '(' => open = true,
            ')' => open = false,
            ';' | ',' if !open => {
                parts.push(query.get(start..at).unwrap_or_default());
                start = at.saturating_add(1);
            }
            _ => {}
        }
    }
    parts.push(query.get(start..).unwrap_or_default());
    parts
}

fn expression(text: &str) -> Option<Expression<'_>> {
    let (first, rest) = text.split_once(' ').map_or((text, ""), |(first, rest)| (first, rest.trim()));
    let word = |text: &str| !text.is_empty() && !text.contains([' ', '(', ')']);
    if !word(first) {
        return None;
    }
    if rest.is_empty() {
        return Some(match first.split_once(':') {
            Some((key, value)) if word(key) => Expression::In(key, vec![value]),
            _ => Expression::Has(first),
        });
    }
    if first == "NT" {
        return word(rest).then_some(Expression::HasNot(rest));
    }
    let at = rest.find([' ', '('])?;
    let (operator, operand) = rest.split_at_checked(at)?;
    let operand = operand.trim();
    match operator {
        "EQ" if word(operand) => Some(Expression::In(first, vec![operand])),
        "NE" if word(operand) => Some(Expression::NotIn(first, vec![operand])),
        "IN" => Some(Expression::In(first, list(operand)?)),
        "NI" => Some(Expression::NotIn(first, list(operand)?)),
        _ => None,
    }
}

fn list(text: &str) -> Option<Vec<&str>> {
    let items: Vec<&str> = text.strip_prefix('(')?.strip_suffix(')')?.split(',').map(str::trim).collect();
    items.iter().all(|item| !item.is_empty()).then_some(items)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_six_forms_mean_what_the_clause_says() {
        let red = ["color:red".into(), "big".into()];
        let blue = ["color:blue".into()];
        for (query, on_red, on_blue) in [
            ("color", true, true),
            ("big", true, false),
            ("NT big", false, true),
            ("color EQ red", true, false),
            ("color:red", true, false),
            ("color NE red", false, true),
            ("color IN (red, green)", true, false),
            ("color NI (red, green)", false, true),
            ("size NE red", false, false),
            ("big; color EQ blue", true, true),
        ] {
            assert_eq!((holds(query, &red), holds(query, &blue)), (on_red, on_blue), "{query}");
        }
    }

    #[test]
    fn what_is_no_query_is_refused() {
        for query in ["", "color LIKE red", "color IN red", "color EQ", "color IN ()", "(", "NT"] {
            let refused = check(query).is_err();
            assert!(refused || query == "NT", "{query}");
        }
    }

    proptest! {
        #[test]
        fn no_query_makes_it_panic(query in "\\PC{0,40}", label in "[a-z:]{0,8}") {
            let _ = check(&query);
            let _ = holds(&query, &[label.into()]);
        }
    }
}
