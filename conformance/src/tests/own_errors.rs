//! Mistakes in requests, and what they are answered (TS-0004 7.3.2.1, 7.3.3.3, 7.3.3.4). The catalogue has few purposes
//! for it.

use onem2m_cse::primitive::{Request, Status};
use onem2m_cse::value::{AbsRelTimestamp, Timestamp};
use serde_json::{Value as Json, json};

use crate::ask::{Asking as _, create, retrieve, update, value};
use crate::bench::{Bench, Place, Wire, alike};
use crate::kind::{CNT, SUB};
use crate::suite::Suite;
use crate::verdict::Outcome;

/// Adds the tests.
pub fn add(suite: &mut Suite) {
    let mut refused = |id: &str, summary, content: Json| {
        suite.own(id, summary, &[], move |bench| refuses_to_create(bench, content.clone()));
    };
    let inside = |attributes: Json| json!({"m2m:cnt": attributes});
    refused("TS-0004/7.3.3.3/root", "a content of another type is refused", json!({"m2m:grp": {"mni": 1}}));
    refused("TS-0004/7.3.3.3/two", "a content of two resources is refused", json!({"m2m:cnt": {}, "m2m:ae": {}}));
    refused(
        "TS-0004/7.3.3.3/foreign",
        "an attribute that the type does not have is refused",
        inside(json!({"nosuch": 1})),
    );
    refused("TS-0004/7.3.3.3/own", "an attribute that the CSE itself sets is refused", inside(json!({"ri": "mine"})));
    refused("TS-0004/7.3.3.3/text", "a text where a number has to be is refused", inside(json!({"mni": "many"})));
    refused("TS-0004/7.3.3.3/number", "a number where a list has to be is refused", inside(json!({"lbl": 5})));
    refused("TS-0004/7.3.3.3/time", "a time that is none is refused", inside(json!({"et": "tomorrow"})));
    refused(
        "TS-0004/7.3.3.3/past",
        "an expiration time in the past is refused",
        inside(json!({"et": "20200101T000000"})),
    );
    suite.own(
        "TS-0004/7.3.3.3/mandatory",
        "a subscription that tells nobody is refused",
        &[SUB],
        wants_what_is_mandatory,
    );
    suite.own("TS-0004/7.3.3.3/unknown-type", "a type that no CSE has is refused", &[], refuses_an_unknown_type);
    suite.own("TS-0004/7.3.3.4/root", "an UPDATE with another type is refused", &[], |bench| {
        refuses_to_update(bench, json!({"m2m:grp": {"lbl": ["x"]}}))
    });
    suite.own("TS-0004/7.3.3.4/half", "an UPDATE with one mistake changes nothing", &[], |bench| {
        refuses_to_update(bench, json!({"m2m:cnt": {"lbl": ["x"], "mni": -1}}))
    });
    suite.own(
        "TS-0004/7.3.2.1/expired",
        "a request that has expired is not carried out",
        &[],
        refuses_what_has_expired,
    );
    suite.own("TS-0004/7.3.2.1/originator", "a request without an originator is refused", &[], |bench| {
        refuses_on_the_wire(bench, |get| get.with("X-M2M-Origin", ""), &[4000, 4103])
    });
    suite.own("TS-0004/7.3.2.1/identifier", "a request without an identifier is refused", &[], |bench| {
        refuses_on_the_wire(bench, |get| get.with("X-M2M-RI", ""), &[4000])
    });
    suite.own("TS-0004/7.3.2.1/release", "a release that does not exist is not spoken", &[], |bench| {
        refuses_on_the_wire(bench, |get| get.with("X-M2M-RVI", "99"), &[4001, 4000])
    });
    suite.own("TS-0004/8.4/broken", "a content that is no JSON is refused", &[], |bench| {
        refuses_on_the_wire(bench, |get| Wire { method: "PUT", ..get }.content("{\"m2m:cnt\":", None), &[4000])
    });
    suite.own("TS-0004/8.4/nothing", "an UPDATE without a content is refused", &[], |bench| {
        refuses_on_the_wire(bench, |get| Wire { method: "PUT", ..get }.content("", None), &[4000])
    });
}

async fn refuses_to_create(bench: Bench, content: Json) -> Outcome {
    let ae = bench.ae().await?;
    let mut request = create(&ae.path, CNT, &json!({})).by(&ae.originator);
    request.content = Some(value(&content));
    bench.check(request, Status::BAD_REQUEST).await.map(drop)
}

async fn wants_what_is_mandatory(bench: Bench) -> Outcome {
    let ae = bench.ae().await?;
    let asked = bench.creation(SUB, &ae, json!({"nu": null}));
    bench.check(asked, Status::BAD_REQUEST).await.map(drop)
}

async fn refuses_an_unknown_type(bench: Bench) -> Outcome {
    let ae = bench.ae().await?;
    let mut request = create(&ae.path, CNT, &json!({})).by(&ae.originator);
    request.resource_type = Some(9999);
    // The text names no code for a type that does not exist at all.
    let codes = [
        Status::BAD_REQUEST,
        Status::OPERATION_NOT_ALLOWED,
        Status::INVALID_CHILD_RESOURCE_TYPE,
        Status::NOT_IMPLEMENTED,
    ];
    bench.check_any(request, &codes).await.map(drop)
}

async fn refuses_to_update(bench: Bench, content: Json) -> Outcome {
    let ae = bench.ae().await?;
    let place = bench.make(CNT, &ae, json!({"lbl": ["first"]})).await?;
    let before = bench.look(&place).await?;
    let mut request = update(&place.path, CNT, &json!({})).by(&place.originator);
    request.content = Some(value(&content));
    bench.check(request, Status::BAD_REQUEST).await?;
    alike(&before, &bench.look(&place).await?)
}

async fn refuses_what_has_expired(bench: Bench) -> Outcome {
    let ae = bench.ae().await?;
    let request: Request = retrieve(&ae.path).by(&ae.originator);
    let past = Timestamp::now().plus_seconds(-60);
    let request = Request { request_expiration_timestamp: Some(AbsRelTimestamp::At(past)), ..request };
    bench.check(request, Status::REQUEST_TIMEOUT).await.map(drop)
}

async fn refuses_on_the_wire(bench: Bench, mistake: fn(Wire) -> Wire, codes: &[u32]) -> Outcome {
    let ae = bench.ae().await?;
    let place: Place = bench.make(CNT, &ae, json!({})).await?;
    let returned = bench.wire(&mistake(Wire::new("GET", &place.path, &place.originator))).await?;
    let got = returned.field("x-m2m-rsc");
    crate::verdict::ensure(codes.iter().any(|code| got == code.to_string()), || {
        format!("X-M2M-RSC: expected one of {codes:?}, got {got:?} (HTTP {})", returned.status)
    })
}
