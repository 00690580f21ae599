//! The HTTP binding as it stands on the wire (TS-0009). The catalogue has no purposes for it.

use serde_json::json;

use crate::ask::at;
use crate::bench::{Bench, Place, Returned, Wire};
use crate::kind::CNT;
use crate::suite::Suite;
use crate::verdict::{Outcome, Stop, ensure};

/// Adds the tests.
pub fn add(suite: &mut Suite) {
    suite.own("TS-0009/6.2.1/methods", "a method that has no meaning is refused", &[], refuses_other_methods);
    suite.own("TS-0009/6.2.2.1/sp-relative", "~ begins the path of an SP-relative address", &[], sp_relative);
    suite.own("TS-0009/6.2.2.1/absolute", "_ begins the path of an absolute address", &[], absolute);
    suite.own("TS-0009/6.2.2.2/atrl", "attributes are chosen in the query", &[], attributes_in_the_query);
    suite.own("TS-0009/6.2.2.2/unknown", "an argument of the query that means nothing is refused", &[], |bench| {
        refuses_a_query(bench, "nosuch=1")
    });
    suite.own("TS-0009/6.2.2.2/rcn", "a result content that does not exist is refused", &[], |bench| {
        refuses_a_query(bench, "rcn=99")
    });
    suite.own("TS-0009/6.3.2/success", "2000, 2001, 2002, 2004 and their status in HTTP", &[], maps_success);
    suite.own("TS-0009/6.3.2/errors", "4000, 4004, 4005, 4103, 4105 and their status in HTTP", &[], maps_errors);
    suite.own("TS-0009/6.4.2/unknown", "Accept of a type that no CSE has is answered 406", &[], refuses_to_answer);
    suite.own("TS-0009/6.4.2/vendor", "Accept names the oneM2M media types, too", &[], answers_in_the_media_type);
    suite.own("TS-0009/6.4.3/unknown", "Content-Type of a type that no CSE has is answered 415", &[], refuses_to_read);
    suite.own("TS-0009/6.4.4/created", "Content-Location names what was created", &[], says_where_it_is);
    suite.own("TS-0009/6.4.8/returned", "X-M2M-RI comes back, with errors as well", &[], returns_the_identifier);
    suite.own("TS-0009/6.4.22/returned", "X-M2M-RVI comes back", &[], returns_the_release);
}

/// A container of this test's own.
async fn container(bench: &Bench) -> Result<Place, Stop> {
    let ae = bench.ae().await?;
    bench.make(CNT, &ae, json!({"lbl": ["first"]})).await
}

fn get(place: &Place) -> Wire {
    Wire::new("GET", &place.path, &place.originator)
}

async fn refuses_other_methods(bench: Bench) -> Outcome {
    let place = container(&bench).await?;
    let returned = bench.wire(&Wire { method: "PATCH", ..get(&place) }).await?;
    let refused = [400, 405, 501].contains(&returned.status);
    ensure(refused, || format!("PATCH: expected 400, 405 or 501, got {}", returned.status))
}

async fn sp_relative(bench: Bench) -> Outcome {
    let place = container(&bench).await?;
    let target = format!("/~{}/{}", bench.subject().pics.identity.cse_id, place.path);
    shows(&bench.wire(&Wire { target, ..get(&place) }).await?, &place)
}

async fn absolute(bench: Bench) -> Outcome {
    let identity = &bench.subject().pics.identity;
    if identity.sp_id.is_empty() {
        return crate::verdict::not_applicable("the M2M-SP-ID is not known: --sp-id, or identity.sp_id in the PICS");
    }
    let place = container(&bench).await?;
    let target = format!("/_/{}{}/{}", identity.sp_id.trim_start_matches('/'), identity.cse_id, place.path);
    shows(&bench.wire(&Wire { target, ..get(&place) }).await?, &place)
}

fn shows(returned: &Returned, place: &Place) -> Outcome {
    returned.is(200, 2000)?;
    let content = returned.json();
    let found = at(at(&content, "m2m:cnt"), "ri");
    ensure(found == &json!(place.ri), || format!("ri: expected {}, got {found}", place.ri))
}

async fn attributes_in_the_query(bench: Bench) -> Outcome {
    let place = container(&bench).await?;
    let returned = bench.wire(&Wire { target: format!("/{}?atrl=lbl+ri", place.path), ..get(&place) }).await?;
    returned.is(200, 2000)?;
    let expected = json!({"m2m:cnt": {"lbl": ["first"], "ri": place.ri}});
    ensure(returned.json() == expected, || format!("content: expected {expected}, got {}", returned.json()))
}

async fn refuses_a_query(bench: Bench, query: &str) -> Outcome {
    let place = container(&bench).await?;
    bench.wire(&Wire { target: format!("/{}?{query}", place.path), ..get(&place) }).await?.is(400, 4000)
}

async fn maps_success(bench: Bench) -> Outcome {
    let place = container(&bench).await?;
    let send = |method, body: &str, kind| Wire { method, ..get(&place) }.content(body, kind);
    bench.wire(&send("POST", r#"{"m2m:cnt":{}}"#, Some(3))).await?.is(201, 2001)?;
    bench.wire(&get(&place)).await?.is(200, 2000)?;
    bench.wire(&send("PUT", r#"{"m2m:cnt":{"lbl":["x"]}}"#, None)).await?.is(200, 2004)?;
    bench.wire(&Wire { method: "DELETE", ..get(&place) }).await?.is(200, 2002)
}

async fn maps_errors(bench: Bench) -> Outcome {
    let (place, stranger) = (container(&bench).await?, bench.ae().await?);
    let taken = bench.make(CNT, &place, json!({})).await?;
    let name = taken.path.rsplit('/').next().unwrap_or_default().to_owned();
    let post = |body: &str| Wire { method: "POST", ..get(&place) }.content(body, Some(3));
    bench.wire(&post(r#"{"m2m:cnt":{"mni":-1}}"#)).await?.is(400, 4000)?;
    bench.wire(&Wire::new("GET", &format!("{}/nowhere", place.path), &place.originator)).await?.is(404, 4004)?;
    bench.wire(&Wire::new("DELETE", bench.subject().base(), bench.administrator())).await?.is(405, 4005)?;
    bench.wire(&get(&place).with("X-M2M-Origin", &stranger.originator)).await?.is(403, 4103)?;
    bench.wire(&post(&json!({"m2m:cnt": {"rn": name}}).to_string())).await?.is(409, 4105)
}

async fn refuses_to_answer(bench: Bench) -> Outcome {
    let place = container(&bench).await?;
    bench.wire(&get(&place).with("Accept", "image/png")).await?.is(406, 5207)
}

async fn answers_in_the_media_type(bench: Bench) -> Outcome {
    let place = container(&bench).await?;
    let returned = bench.wire(&get(&place).with("Accept", "application/vnd.onem2m-res+json")).await?;
    let media = returned.field("content-type");
    let fits = ["application/vnd.onem2m-res+json", "application/json"].iter().any(|known| media.starts_with(known));
    ensure(fits, || format!("Content-Type: expected JSON, got {media:?}"))?;
    shows(&returned, &place)
}

async fn refuses_to_read(bench: Bench) -> Outcome {
    let place = container(&bench).await?;
    let message = Wire { method: "PUT", ..get(&place) }.content("lbl=x", None).with("Content-Type", "text/plain");
    bench.wire(&message).await?.is(415, 4015)
}

async fn says_where_it_is(bench: Bench) -> Outcome {
    let place = container(&bench).await?;
    let name = bench.unique();
    let message =
        Wire { method: "POST", ..get(&place) }.content(&json!({"m2m:cnt": {"rn": name}}).to_string(), Some(3));
    // The header is wanted where the content has the address: with rcn 2.
    let returned = bench.wire(&Wire { target: format!("/{}?rcn=2", place.path), ..message }).await?;
    returned.is(201, 2001)?;
    let made = bench.look(&Place { path: format!("{}/{name}", place.path), ..place }).await?;
    let location = returned.field("content-location");
    let fits = location.ends_with(&name) || location.ends_with(&made.text("ri"));
    ensure(fits, || format!("Content-Location: expected the address of {name}, got {location:?}"))
}

async fn returns_the_identifier(bench: Bench) -> Outcome {
    let place = container(&bench).await?;
    let nowhere = Wire { target: format!("/{}/nowhere", place.path), ..get(&place) };
    for message in [get(&place), nowhere] {
        let returned = bench.wire(&message.with("X-M2M-RI", "a-42")).await?;
        let got = returned.field("x-m2m-ri");
        ensure(got == "a-42", || format!("X-M2M-RI: expected \"a-42\", got {got:?}"))?;
    }
    Ok(())
}

async fn returns_the_release(bench: Bench) -> Outcome {
    let place = container(&bench).await?;
    let returned = bench.wire(&get(&place)).await?;
    let got = returned.field("x-m2m-rvi");
    // TS-0004 table 7.2.1.2-1: since Release 2A an answer says it.
    ensure(got == "3", || format!("X-M2M-RVI: expected \"3\", got {got:?}"))
}
