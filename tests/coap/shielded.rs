//! `coaps` with a toy in the place of DTLS: whoever knows the mask has proved to be the name that it says.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use onem2m_cse::binding::coap::mapping::outgoing;
use onem2m_cse::binding::coap::shield::{Shield, Shielded};
use onem2m_cse::binding::coap::{CoapClient, CoapClientConfig, CoapConfig, Shields};
use onem2m_cse::binding::{Identities, IdentityRule, Proven};
use onem2m_cse::codec::format::Format;
use onem2m_cse::engine::Failure;
use onem2m_cse::primitive::{Operation, Request, Status};
use onem2m_cse::value::Map;
use onem2m_cse::{Cse, CseConfig};

use super::furnish;

struct Mask(&'static str);

impl Shield for Mask {
    fn received(&mut self, _now: Instant, peer: SocketAddr, datagram: &[u8], out: &mut Vec<Shielded>) {
        let bare: Vec<u8> = datagram.iter().map(|byte| byte ^ 0x5a).collect();
        let Some((name, bytes)) = bare.split_first().and_then(|(n, rest)| rest.split_at_checked(usize::from(*n)))
        else {
            return;
        };
        let name = String::from_utf8_lossy(name);
        out.push(Shielded::Deliver { peer, bytes: bytes.to_vec(), proven: Some(Proven::new([name.into()])) });
    }

    fn send(&mut self, _now: Instant, peer: SocketAddr, bytes: &[u8], out: &mut Vec<Shielded>) {
        let length = u8::try_from(self.0.len()).unwrap();
        let bare = [&[length][..], self.0.as_bytes(), bytes].concat();
        out.push(Shielded::Transmit(peer, bare.iter().map(|byte| byte ^ 0x5a).collect()));
    }

    fn next_due(&self) -> Option<Instant> {
        None
    }

    fn due(&mut self, _now: Instant, _out: &mut Vec<Shielded>) {}

    fn close(&mut self, _now: Instant, _out: &mut Vec<Shielded>) {}
}

fn client(name: &'static str) -> CoapClient {
    let shields = Some(Shields::new(move || Box::new(Mask(name))));
    CoapClient::new(CoapClientConfig { shields, ..CoapClientConfig::default() })
}

async fn open() -> Cse {
    let rule = IdentityRule { identity: "meter".into(), originators: vec!["Clamp".into()] };
    let coap = CoapConfig {
        // Not on loopback only: a shield is no plain text.
        addresses: vec!["0.0.0.0:0".parse().unwrap()],
        identities: Identities::new(vec![rule]),
        ..CoapConfig::default().shielded_with(|| Box::new(Mask("cse")))
    };
    let cse = Cse::builder(CseConfig::default()).bind(coap).caller(client("cse")).start().await.unwrap();
    furnish(&cse).await;
    cse
}

#[tokio::test]
async fn who_has_proved_to_be_somebody_speaks_for_its_own() {
    let cse = open().await;
    let point = cse.addresses()[0].replace("0.0.0.0", "127.0.0.1");
    assert!(point.starts_with("coaps://"), "{point}");
    let ask = async |client: &CoapClient, originator: &str| {
        let request = Request::retrieve("cse-in/Clamp").from(originator).identified("r");
        let url = outgoing::url(&point, &request.to);
        client.call_in(Format::Json, &url, &request, Duration::from_secs(5)).await.map(|answer| answer.status)
    };
    let (meter, thief) = (client("meter"), client("thief"));
    assert_eq!(ask(&meter, "Clamp").await, Ok(Status::OK));
    assert_eq!(ask(&meter, "CAdmin").await, Ok(Status::ORIGINATOR_NOT_AUTHENTICATED));
    assert_eq!(ask(&thief, "Clamp").await, Ok(Status::ORIGINATOR_NOT_AUTHENTICATED));
    // Each client speaks one of the two.
    let plain = CoapClient::new(CoapClientConfig::default());
    assert!(matches!(ask(&plain, "Clamp").await, Err(Failure::Impossible(_))));
    cse.stop().await;
}

/// One CSE asks whether the other wants to be told, over `coaps`.
#[tokio::test]
async fn a_point_of_access_may_be_shielded() {
    let (teller, told) = (open().await, open().await);
    let point = told.addresses()[0].replace("0.0.0.0", "127.0.0.1");
    let subscription = Map::from_iter([("nu", vec![outgoing::url(&point, "cse-in")])]);
    let mut request = Request::new(Operation::Create, "cse-in/Clamp/c").from("Clamp");
    request.resource_type = Some(23);
    request.content = Some(Map::from_iter([("m2m:sub", subscription)]).into());
    let created = teller.request(request).await;
    // It was asked: the rules of the other do not let `cse` speak for this CSE. Nobody would have said no otherwise.
    assert_eq!(created.status, Status::SUBSCRIPTION_VERIFICATION_INITIATION_FAILED, "{:?}", created.value());
    assert!(format!("{:?}", created.value()).contains("4106"), "{:?}", created.value());
    teller.stop().await;
    told.stop().await;
}
