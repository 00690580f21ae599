//! Request primitives (TS-0004 6.4.1).

use super::filter;
use super::member::{
    abs_rel_timestamp, boolean, expected, list, number, positive, small, text, texts, timestamp, write_abs_rel,
};
use crate::primitive::{
    DiscoveryResultType, Operation, Rejection, ReleaseVersion, Request, ResponseType, ResultContent, Status,
};
use crate::value::{Map, Value};

/// Reads a request primitive, bare or inside `{"m2m:rqp": …}`.
///
/// # Errors
/// 4000 with the parameter's name; 4001 for a release that nobody speaks.
pub fn to_request(value: &Value) -> Result<Request, Rejection> {
    let outer = value.as_map().ok_or_else(|| expected("request primitive", "an object", value))?;
    let members = match outer.single() {
        Some((root, inner)) if root == "m2m:rqp" => {
            inner.as_map().ok_or_else(|| expected("m2m:rqp", "an object", inner))?
        }
        _ => outer,
    };
    let mut request = read(members)?;
    if request.request_identifier.is_empty() {
        return Err(missing("requestIdentifier (rqi)"));
    }
    if request.request_identifier.len() > 255 {
        return Err(Rejection::bad_request("requestIdentifier (rqi): expected at most 255 bytes"));
    }
    one_attribute(&mut request);
    super::permit(&request)?;
    Ok(request)
}

/// Reads what [`from_request`] wrote, and nothing else is asked of it: bindings hand in what is for the engine to refuse.
///
/// # Errors
/// 4000 with the parameter's name.
pub(crate) fn to_recorded_request(members: &Map) -> Result<Request, Rejection> {
    let mut request = read(members)?;
    request.originator = members.get("fr").and_then(Value::as_text).map(Into::into);
    request.content = members.get("pc").cloned();
    Ok(request)
}

fn read(members: &Map) -> Result<Request, Rejection> {
    let operation = members.get("op").ok_or_else(|| missing("operation (op)"))?;
    let operation = Operation::from_number(number("operation (op)", operation)?)
        .ok_or_else(|| expected("operation (op)", "a number from 1 to 5", operation))?;
    let to = text("to (to)", members.get("to").ok_or_else(|| missing("to (to)"))?)?;
    let mut request = Request::new(operation, to);
    for (name, value) in members.iter() {
        set(&mut request, name, value)?;
    }
    Ok(request)
}

/// TS-0004 7.3.3.6, case 2: `cse/ae#lbl` is the one attribute of `cse/ae`.
fn one_attribute(request: &mut Request) {
    let named = request.to.split_once('#').filter(|(_, name)| !name.is_empty());
    if let (Operation::Retrieve, None, Some((to, name))) = (request.operation, &request.content, named) {
        let list = Value::List(vec![Value::Text(name.into())]);
        (request.to, request.content) = (to.into(), Some(Map::from_iter([("m2m:atrl", list)]).into()));
    }
}

fn missing(name: &str) -> Rejection {
    Rejection::bad_request(format!("{name}: missing"))
}

fn set(request: &mut Request, name: &str, value: &Value) -> Result<(), Rejection> {
    match name {
        "op" | "to" => {}
        "fr" => request.originator = Some(text("from (fr)", value)?).filter(|from| !from.is_empty()),
        "rqi" => request.request_identifier = text("requestIdentifier (rqi)", value)?,
        "ty" => request.resource_type = Some(small("resourceType (ty)", value)?),
        "pc" => request.content = (!value.is_null()).then(|| value.clone()),
        "rids" => request.role_ids = texts("roleIDs (rids)", value)?,
        "ot" => request.originating_timestamp = Some(timestamp("originatingTimestamp (ot)", value)?),
        "rqet" => {
            request.request_expiration_timestamp = Some(abs_rel_timestamp("requestExpirationTimestamp (rqet)", value)?);
        }
        "rset" => {
            request.result_expiration_timestamp = Some(abs_rel_timestamp("resultExpirationTimestamp (rset)", value)?);
        }
        "oet" => request.operation_execution_time = Some(abs_rel_timestamp("operationExecutionTime (oet)", value)?),
        "rt" => set_response_type(request, value)?,
        "rp" => request.result_persistence = Some(abs_rel_timestamp("resultPersistence (rp)", value)?),
        "rcn" => {
            let content = ResultContent::from_number(number("resultContent (rcn)", value)?);
            request.result_content =
                Some(content.ok_or_else(|| expected("resultContent (rcn)", "a number from 0 to 12", value))?);
        }
        "ec" => request.event_category = Some(small("eventCategory (ec)", value)?),
        "da" => request.delivery_aggregation = Some(boolean("deliveryAggregation (da)", value)?),
        "gid" => request.group_request_identifier = Some(text("groupRequestIdentifier (gid)", value)?),
        "grtm" => request.group_request_target_members = texts("groupRequestTargetMembers (grtm)", value)?,
        "gstn" => request.group_somecast_target_number = Some(positive("groupSomecastTargetNumber (gstn)", value)?),
        "fc" => request.filter_criteria = Some(Box::new(filter::read(value)?)),
        "drt" => {
            let drt = DiscoveryResultType::from_number(number("desiredIdentifierResultType (drt)", value)?);
            request.discovery_result_type =
                Some(drt.ok_or_else(|| expected("desiredIdentifierResultType (drt)", "1 or 2", value))?);
        }
        "tkns" => request.tokens = texts("tokens (tkns)", value)?,
        "tids" => request.token_ids = texts("tokenIDs (tids)", value)?,
        "ltids" => request.local_token_ids = texts("localTokenIDs (ltids)", value)?,
        "tqi" => request.token_request_indicator = Some(boolean("tokenRequestIndicator (tqi)", value)?),
        "asi" => request.authorization_signature_indicator = Some(boolean("authorSignIndicator (asi)", value)?),
        "aus" => request.authorization_signatures = Some(value.clone()),
        "auri" => request.authorization_relationship_indicator = Some(boolean("authorRelIndicator (auri)", value)?),
        "sqi" => request.semantic_query_indicator = Some(boolean("semanticQueryIndicator (sqi)", value)?),
        "rvi" => request.release_version_indicator = release(value)?,
        "vsi" => request.vendor_information = Some(text("vendorInformation (vsi)", value)?),
        unknown => {
            let unknown = crate::value::excerpt(unknown);
            return Err(Rejection::bad_request(format!("{unknown}: unknown request parameter")));
        }
    }
    Ok(())
}

/// `rt` is `{"rtv": 3, "nu": […]}` (TS-0004 6.3.5.30); some peers send the bare number.
fn set_response_type(request: &mut Request, value: &Value) -> Result<(), Rejection> {
    let kind = |value: &Value| {
        ResponseType::from_number(number("responseType (rt)", value)?)
            .ok_or_else(|| expected("responseType (rt)", "a number from 1 to 5", value))
    };
    let Some(members) = value.as_map() else {
        request.response_type = Some(kind(value)?);
        return Ok(());
    };
    for (name, value) in members.iter() {
        match name.as_str() {
            "rtv" => request.response_type = Some(kind(value)?),
            "nu" => request.notification_uris = Some(texts("notificationURI (nu)", value)?),
            _ => return Err(expected("responseType (rt)", "rtv and nu", &Value::from(name.clone()))),
        }
    }
    Ok(())
}

pub(super) fn release(value: &Value) -> Result<ReleaseVersion, Rejection> {
    let text = match value {
        Value::Int(number) => number.to_string(),
        other => text("releaseVersionIndicator (rvi)", other)?.into(),
    };
    ReleaseVersion::parse(&text).ok_or_else(|| {
        let text = crate::value::excerpt(&text);
        let reason = format!("releaseVersionIndicator (rvi): expected 2, 2a, 3, 4 or 5, got \"{text}\"");
        Rejection::new(Status::RELEASE_VERSION_NOT_SUPPORTED, reason)
    })
}

/// Writes a request primitive without a root.
#[must_use]
pub fn from_request(request: &Request) -> Map {
    let mut map = Map::with_capacity(12);
    let mut put = |name: &'static str, value: Option<Value>| {
        if let Some(value) = value {
            map.push(name, value);
        }
    };
    let integer = |number: u8| Value::Int(i64::from(number));
    put("op", Some(integer(request.operation.number())));
    put("to", Some(request.to.clone().into()));
    put("fr", request.originator.clone().map(Value::from));
    put("rqi", Some(request.request_identifier.clone().into()));
    put("ty", request.resource_type.map(Value::from));
    put("pc", request.content.clone());
    put("rids", list(&request.role_ids));
    put("ot", request.originating_timestamp.map(Value::from));
    put("rqet", request.request_expiration_timestamp.map(write_abs_rel));
    put("rset", request.result_expiration_timestamp.map(write_abs_rel));
    put("oet", request.operation_execution_time.map(write_abs_rel));
    put("rt", response_type(request));
    put("rp", request.result_persistence.map(write_abs_rel));
    put("rcn", request.result_content.map(|rcn| integer(rcn.number())));
    put("ec", request.event_category.map(Value::from));
    put("da", request.delivery_aggregation.map(Value::from));
    put("gid", request.group_request_identifier.clone().map(Value::from));
    put("grtm", list(&request.group_request_target_members));
    put("gstn", request.group_somecast_target_number.map(Value::from));
    put("fc", request.filter_criteria.as_deref().map(|fc| filter::write(fc).into()));
    put("drt", request.discovery_result_type.map(|drt| integer(drt.number())));
    put("tkns", list(&request.tokens));
    put("tids", list(&request.token_ids));
    put("ltids", list(&request.local_token_ids));
    put("tqi", request.token_request_indicator.map(Value::from));
    put("asi", request.authorization_signature_indicator.map(Value::from));
    put("aus", request.authorization_signatures.clone());
    put("auri", request.authorization_relationship_indicator.map(Value::from));
    put("sqi", request.semantic_query_indicator.map(Value::from));
    let release = request.release_version_indicator;
    put("rvi", (release != ReleaseVersion::R1).then(|| release.as_str().into()));
    put("vsi", request.vendor_information.clone().map(Value::from));
    map
}

fn response_type(request: &Request) -> Option<Value> {
    let mut map = Map::new();
    if let Some(kind) = request.response_type {
        map.push("rtv", i64::from(kind.number()));
    }
    if let Some(uris) = &request.notification_uris {
        map.push("nu", uris.clone());
    }
    (!map.is_empty()).then(|| map.into())
}

/// Writes a request primitive inside `{"m2m:rqp": …}`.
#[must_use]
pub fn wrap_request(request: &Request) -> Value {
    Map::from_iter([("m2m:rqp", from_request(request))]).into()
}
