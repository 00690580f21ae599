//! A hundred CSEs in one process, each with its own tree, store and port: nothing is global.
#![cfg(feature = "http")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use onem2m_cse::binding::http::HttpConfig;
use onem2m_cse::primitive::{Request, Status};
use onem2m_cse::value::{Map, Value};
use onem2m_cse::{Cse, CseConfig};

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_cses_live_in_one_process_and_know_nothing_of_each_other() {
    let mut cses = Vec::new();
    for n in 0..100 {
        let config = CseConfig { cse_id: format!("/id-{n}").into(), ..CseConfig::default() };
        let http = HttpConfig { addresses: vec!["127.0.0.1:0".parse().unwrap()], ..HttpConfig::default() };
        cses.push(Cse::builder(config).bind(http).start().await.unwrap());
    }
    for (n, cse) in cses.iter().enumerate() {
        let mut tap = cse.tap();
        let ae = Map::from_iter([
            ("rn", Value::from(format!("ae{n}"))),
            ("api", "Napp".into()),
            ("rr", false.into()),
            ("srv", vec!["3"].into()),
        ]);
        let created = cse.request(Request::create("-", 2, "m2m:ae", ae).from("Cae")).await;
        assert_eq!(created.status, Status::CREATED);
        assert_eq!(
            tap.recv().await.unwrap().record.resource_name,
            format!("ae{n}"),
            "the tap tells what was committed"
        );
    }
    for (n, cse) in cses.iter().enumerate() {
        let found = cse.request(Request::retrieve(format!("/id-{n}/cse-in/ae{n}")).from("CAdmin")).await;
        assert_eq!(found.status, Status::OK);
        let other = cse.request(Request::retrieve(format!("cse-in/ae{}", (n + 1) % 100)).from("CAdmin")).await;
        assert_eq!(other.status, Status::NOT_FOUND);
    }
    for cse in cses {
        cse.stop().await;
    }
}
