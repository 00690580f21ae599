//! A CSE at `coaps://`: libcoap's client speaks for its own AE and for no other, and is told things at `coaps://` addresses.

use std::net::SocketAddr;

use onem2m_cse::binding::coap::{CoapClient, CoapClientConfig, CoapConfig};
use onem2m_cse::binding::dtls::DtlsConfig;
use onem2m_cse::binding::{Identities, IdentityRule};
use onem2m_cse::primitive::{Request, Status};
use onem2m_cse::value::{Map, Value};
use onem2m_cse::{Cse, CseConfig};

use super::echo::Echo;
use super::libcoap::{CLIENTS, SERVERS, server};
use super::peers::{Authority, installed, keyed, run, text};

/// A CSE with an AE `Cmeter` and its container, for which that identity may speak.
async fn open(shows: DtlsConfig, calls: DtlsConfig, identity: &str) -> (Cse, SocketAddr) {
    let rule = IdentityRule { identity: identity.into(), originators: vec!["Cmeter".into()] };
    let coap = CoapConfig {
        addresses: vec!["127.0.0.1:0".parse().unwrap()],
        shields: Some(shows.server().unwrap()),
        identities: Identities::new(vec![rule]),
        ..CoapConfig::default()
    };
    let shields = Some(calls.client().unwrap());
    let client = CoapClient::new(CoapClientConfig { shields, ..CoapClientConfig::default() });
    let cse = Cse::builder(CseConfig::default()).bind(coap).caller(client).start().await.unwrap();
    let ae = [("rn", Value::from("meter")), ("api", "Nmeter".into()), ("rr", true.into()), ("srv", vec!["3"].into())];
    created(&cse, Request::create("cse-in", 2, "m2m:ae", Map::from_iter(ae))).await;
    created(&cse, Request::create("cse-in/meter", 3, "m2m:cnt", Map::from_iter([("rn", "c")]))).await;
    let address = cse.addresses()[0].strip_prefix("coaps://").unwrap().parse().unwrap();
    (cse, address)
}

async fn created(cse: &Cse, request: Request) {
    let response = cse.request(request.from("Cmeter")).await;
    assert_eq!(response.status, Status::CREATED, "{:?}", response.value());
}

/// What libcoap writes down of a retrieval. It throws away answers with critical options that it does not know, such as
/// those of oneM2M, but says what has come.
async fn retrieve(program: &str, address: SocketAddr, originator: &str, more: &[&str]) -> String {
    let (url, from) = (format!("coaps://{address}/cse-in/meter"), format!("279,{originator}"));
    let own = ["-v", "7", "-B", "2", "-O", &from, "-O", "283,r1", "-O", "271,3"];
    run(program, &[&own, more, &[&*url]].concat()).await.1
}

const OK: &str = r"307:\x07\xD0";
const ORIGINATOR_NOT_AUTHENTICATED: &str = r"307:\x10\x0A";

#[tokio::test]
async fn who_has_a_key_speaks_for_its_own() {
    let (cse, address) = open(keyed("meter", "a shared key"), keyed("cse", "its own"), "meter").await;
    for program in installed(&CLIENTS) {
        let shown = ["-u", "meter", "-k", "a shared key"];
        let told = retrieve(program, address, "Cmeter", &shown).await;
        assert!(told.contains(OK) && told.contains("Nmeter"), "{program}: {told}");
        let told = retrieve(program, address, "CAdmin", &shown).await;
        assert!(told.contains(ORIGINATOR_NOT_AUTHENTICATED) && !told.contains("Nmeter"), "{program}: {told}");
        let told = retrieve(program, address, "Cmeter", &["-u", "meter", "-k", "another key"]).await;
        assert!(!told.contains("307:"), "{program}: {told}");
    }
    cse.stop().await;
}

#[tokio::test]
async fn who_has_a_certificate_speaks_for_its_own() {
    let authority = Authority::new("one");
    let identity = "//acme.example.com/id-in/Cmeter";
    let (cse, address) = open(authority.side("127.0.0.1"), authority.side("127.0.0.1"), identity).await;
    let (own, other, roots) = (authority.issue(identity), authority.issue("other.example"), authority.roots());
    for program in installed(&CLIENTS) {
        let shown = ["-c", text(&own), "-C", text(&roots)];
        let told = retrieve(program, address, "Cmeter", &shown).await;
        assert!(told.contains(OK) && told.contains("Nmeter"), "{program}: {told}");
        let told = retrieve(program, address, "CAdmin", &shown).await;
        assert!(told.contains(ORIGINATOR_NOT_AUTHENTICATED), "{program}: {told}");
        let told = retrieve(program, address, "Cmeter", &["-c", text(&other), "-C", text(&roots)]).await;
        assert!(told.contains(ORIGINATOR_NOT_AUTHENTICATED), "{program}: {told}");
    }
    cse.stop().await;
}

/// The AE is called there from now on, about each instance.
async fn listen(cse: &Cse, point: String) {
    let reachable = Map::from_iter([("poa", Value::from(vec![point]))]);
    let updated = cse.request(Request::update("cse-in/meter", "m2m:ae", reachable).from("Cmeter")).await;
    assert_eq!(updated.status, Status::UPDATED, "{:?}", updated.value());
    let events = Map::from_iter([("net", vec![3_i64])]);
    let subscription = Map::from_iter([("nu", Value::from(vec!["Cmeter"])), ("enc", events.into())]);
    created(cse, Request::create("cse-in/meter/c", 23, "m2m:sub", subscription)).await;
}

async fn instance(cse: &Cse, content: &str) {
    created(cse, Request::create("cse-in/meter/c", 4, "m2m:cin", Map::from_iter([("con", content)]))).await;
}

#[tokio::test]
async fn an_ae_is_told_at_its_shielded_point_of_access() {
    let echo = Echo::new(keyed("cse", "its own")).await;
    let (cse, _) = open(keyed("meter", "a shared key"), keyed("cse", "its own"), "meter").await;
    listen(&cse, format!("coaps://{}", echo.address)).await;
    for number in [1, 2, 3] {
        instance(&cse, &format!("reading {number}")).await;
        let seen = echo.until(|seen| seen.messages.len() >= number).await;
        let told = &seen.messages[number - 1];
        assert!(told.starts_with("cse: ") && told.contains(&format!("reading {number}")), "{told}");
        assert_eq!((seen.associations, seen.messages.len()), (1, number), "one association, and each was told once");
    }
    cse.stop().await;
    echo.until(|seen| seen.ends == ["the peer has closed the association"]).await;
}

/// libcoap's server knows nothing of oneM2M and says so, but what it has heard it writes down.
#[tokio::test]
async fn a_server_of_others_hears_a_notification() {
    let authority = Authority::new("one");
    let (own, roots) = (authority.issue("localhost"), authority.roots());
    for program in installed(&SERVERS) {
        for (calls, more) in [
            (keyed("cse", "its own"), vec!["-k", "its own"]),
            (authority.side("cse.example"), vec!["-c", text(&own), "-C", text(&roots)]),
        ] {
            let (mut server, address) = server(program, &[&["-v", "7"], &*more].concat()).await;
            let (cse, _) = open(keyed("meter", "a shared key"), calls, "meter").await;
            listen(&cse, format!("coaps://localhost:{}", address.port())).await;
            instance(&cse, "a reading").await;
            assert!(server.hear("m2m:sgn").await.contains("a reading"), "{program}");
            cse.stop().await;
        }
    }
}
