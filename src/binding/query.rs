//! Arguments of a query ↔ parameters (TS-0009 6.2.2.2 and its table, TS-0008 6.2.2.3; names of Release 4 as TS-0004 8.2.5
//! has them).

#[cfg(feature = "http")]
use super::text::decode;
use super::text::{bad, list_of};
use crate::primitive::{
    DiscoveryResultType, FilterCriteria, Operation, Rejection, Request, ResponseType, ResultContent,
};
use crate::value::{AbsRelTimestamp, Map, SmolStr, Value, excerpt};

/// Reads a query string. Nothing is passed over: a misspelled filter that were ignored would answer with everything.
#[cfg(feature = "http")]
pub(crate) fn read(request: &mut Request, query: &str, is_attribute: &dyn Fn(&str) -> bool) -> Result<(), Rejection> {
    let mut reading = Reading::default();
    for argument in query.split('&').filter(|argument| !argument.is_empty()) {
        let Some((name, value)) = argument.split_once('=') else {
            return Err(bad(argument, "expected name=value in the query"));
        };
        let name = decode(name, name, false)?;
        let value = decode(&name, value, true)?;
        reading.argument(request, &name, &value, is_attribute)?;
    }
    reading.end(request)
}

/// What has to be remembered between the arguments of a request.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    attribute_list: Vec<SmolStr>,
    seen_operation: bool,
}

impl Reading {
    /// Takes an argument in. The items of a list in its value have spaces between.
    pub fn argument(
        &mut self,
        request: &mut Request,
        name: &str,
        value: &str,
        is_attribute: &dyn Fn(&str) -> bool,
    ) -> Result<(), Rejection> {
        match name {
            "atrl" => self.attribute_list.append(&mut list_of("attributeList (atrl)", value, ' ')?),
            // The criteria hold a default here, so a repetition would go unseen.
            "fo" if std::mem::replace(&mut self.seen_operation, true) => return Err(twice("filter criteria fo")),
            _ => {
                if !parameter(request, name, value)? {
                    condition(request, name, value, is_attribute)?;
                }
            }
        }
        Ok(())
    }

    /// There are no more arguments.
    pub fn end(self, request: &mut Request) -> Result<(), Rejection> {
        if !self.attribute_list.is_empty() {
            if request.operation != Operation::Retrieve {
                return Err(bad("attributeList (atrl)", "permitted in a RETRIEVE request only"));
            }
            request.content = Some(Map::from_iter([("m2m:atrl", self.attribute_list)]).into());
        }
        Ok(())
    }
}

/// The arguments that filter criteria are: prefix, name, value; a list stands for its items.
pub(crate) fn conditions(criteria: &Value, mut put: impl FnMut(&'static str, &str, &Value)) {
    for (name, value) in criteria.as_map().into_iter().flat_map(Map::iter) {
        let prefix = match name.as_str() {
            "atr" => "",
            "catr" => "c.",
            "patr" => "p.",
            // Each query is one argument; a SPARQL text has spaces of its own.
            "smf" => {
                value.as_list().into_iter().flatten().for_each(|item| put("", name, item));
                continue;
            }
            _ => {
                put("", name, value);
                continue;
            }
        };
        for pair in value.as_list().into_iter().flatten().filter_map(Value::as_map) {
            if let (Some(Value::Text(attribute)), Some(wanted)) = (pair.get("nm"), pair.get("val")) {
                put(prefix, attribute, wanted);
            }
        }
    }
}

/// The attribute list of a partial RETRIEVE, which travels as an argument and not as content (TS-0004 8.2.5).
pub(crate) fn attribute_list(operation: Operation, content: &Value) -> Option<&Value> {
    let (root, list) = content.as_map().and_then(Map::single)?;
    (root == "m2m:atrl" && operation == Operation::Retrieve).then_some(list)
}

/// The parameters that are no filter criteria. `false` when the name is none of them.
fn parameter(request: &mut Request, name: &str, value: &str) -> Result<bool, Rejection> {
    match name {
        "rt" => {
            let long = "responseType (rt)";
            let kind = number(value).and_then(ResponseType::from_number);
            once(&mut request.response_type, long, kind.ok_or_else(|| expected(long, "a number from 1 to 5", value))?)?;
        }
        "rp" => {
            let long = "resultPersistence (rp)";
            let until = AbsRelTimestamp::parse(value);
            let until = until.ok_or_else(|| expected(long, "a timestamp or a number of milliseconds", value))?;
            once(&mut request.result_persistence, long, until)?;
        }
        "rcn" => {
            let long = "resultContent (rcn)";
            let content = number(value).and_then(ResultContent::from_number);
            let content = content.ok_or_else(|| expected(long, "a number from 0 to 12", value))?;
            once(&mut request.result_content, long, content)?;
        }
        "drt" => {
            let long = "desiredIdentifierResultType (drt)";
            let drt = number(value).and_then(DiscoveryResultType::from_number);
            once(&mut request.discovery_result_type, long, drt.ok_or_else(|| expected(long, "1 or 2", value))?)?;
        }
        "da" => flag(&mut request.delivery_aggregation, "deliveryAggregation (da)", value)?,
        "tqi" => flag(&mut request.token_request_indicator, "tokenRequestIndicator (tqi)", value)?,
        "asi" => flag(&mut request.authorization_signature_indicator, "authorSignIndicator (asi)", value)?,
        "auri" => flag(&mut request.authorization_relationship_indicator, "authorRelIndicator (auri)", value)?,
        "sqi" => flag(&mut request.semantic_query_indicator, "semanticQueryIndicator (sqi)", value)?,
        "rids" => request.role_ids.append(&mut list_of("roleIDs (rids)", value, ' ')?),
        "tids" => request.token_ids.append(&mut list_of("tokenIDs (tids)", value, ' ')?),
        "ltids" => request.local_token_ids.append(&mut list_of("localTokenIDs (ltids)", value, ' ')?),
        // TS-0009 has no place for these two; an argument with their short name is where their kin stand.
        "grtm" => {
            let mut members = list_of("groupRequestTargetMembers (grtm)", value, ' ')?;
            request.group_request_target_members.append(&mut members);
        }
        "gstn" => {
            let long = "groupSomecastTargetNumber (gstn)";
            let count = number(value).filter(|count| *count > 0).map(i64::unsigned_abs);
            let count = count.ok_or_else(|| expected(long, "a positive integer", value))?;
            once(&mut request.group_somecast_target_number, long, count)?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// Filter criteria: a condition of the table, or one on an attribute, with `c.` for a child's and `p.` for the parent's.
fn condition(
    request: &mut Request,
    name: &str,
    value: &str,
    is_attribute: &dyn Fn(&str) -> bool,
) -> Result<(), Rejection> {
    let criteria: &mut FilterCriteria = request.filter_criteria.get_or_insert_default();
    if criteria.set_text(name, value)? {
        return Ok(());
    }
    let (prefix, attribute) = match (name.strip_prefix("c."), name.strip_prefix("p.")) {
        (Some(rest), _) => ("c.", rest),
        (None, Some(rest)) => ("p.", rest),
        (None, None) => ("", name),
    };
    if is_attribute(attribute) {
        // The type of the value is the schema's to know; on the wire everything is text.
        return criteria.set_attribute(prefix, attribute, Value::from(value));
    }
    match name {
        // TS-0009 6.2.2.2: the conditions on attributes are written with the attribute's own name.
        "atr" => Err(bad("filter criteria atr", "write name=value with the attribute's short name")),
        "catr" => Err(bad("filter criteria catr", "write c.name=value with the attribute's short name")),
        "patr" => Err(bad("filter criteria patr", "write p.name=value with the attribute's short name")),
        _ => Err(bad(name, "unknown argument; neither a request parameter nor an attribute of a known type")),
    }
}

fn once<T>(place: &mut Option<T>, name: &str, value: T) -> Result<(), Rejection> {
    if place.replace(value).is_some() { Err(twice(name)) } else { Ok(()) }
}

fn twice(name: &str) -> Rejection {
    bad(name, "expected at most once")
}

fn expected(name: &str, what: &str, got: &str) -> Rejection {
    Rejection::bad_request(format!("{name}: expected {what}, got \"{}\"", excerpt(got)))
}

fn number(text: &str) -> Option<i64> {
    if text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}

fn flag(place: &mut Option<bool>, name: &str, value: &str) -> Result<(), Rejection> {
    let value = match value {
        "true" | "1" => true,
        "false" | "0" => false,
        _ => return Err(expected(name, "true, false, 1 or 0", value)),
    };
    once(place, name, value)
}
