//! Requests that were taken along from a polling channel look like calls from then on.

use onem2m_cse::codec::primitive::to_request;
use onem2m_cse::engine::Call;
use onem2m_cse::primitive::Response;
use onem2m_cse::value::{Map, Timestamp, Value};

/// How long they are held for good, in seconds. The CSE may have given them up before.
const GOOD: i64 = 10;

/// The channel that a call came out of, if it did.
pub fn channel_of(call: &Call) -> Option<&str> {
    call.url.strip_prefix("channel:")
}

/// What a long poll brought.
///
/// # Errors
/// When it is no request.
pub fn taken_along(response: &Response, channel: &str, now: Timestamp) -> Result<Vec<Call>, String> {
    let content = response.value();
    let (root, inside) = content.as_map().and_then(Map::single).ok_or("a poll brought no object")?;
    let requests: Vec<&Value> = match root.as_str() {
        "m2m:rqp" => vec![inside],
        "m2m:agrp" => inside.as_list().unwrap_or_default().iter().collect(),
        other => return Err(format!("a poll brought {other}")),
    };
    let call = |value: &Value| {
        let request = to_request(value).map_err(|rejection| rejection.reason.into_owned())?;
        Ok(Call {
            id: u64::MAX,
            url: format!("channel:{channel}").into(),
            format: onem2m_cse::codec::format::Format::Json,
            requests: vec![request],
            until: now.plus_seconds(GOOD),
        })
    };
    requests.into_iter().map(call).collect()
}
