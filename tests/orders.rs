//! Requests that do not wait, in a running CSE: the writer carries them out by itself.
#![cfg(feature = "tokio")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::time::Duration;

use onem2m_cse::primitive::{FilterCriteria, Request, ResponseType, Status};
use onem2m_cse::value::Value;
use onem2m_cse::{Cse, CseConfig};

#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_nobody_waits_for_is_found_in_its_request_resource() {
    let cse = Cse::builder(CseConfig::default()).start().await.unwrap();
    let mut search = Request::retrieve("cse-in").from("CAdmin").filtered(FilterCriteria::discovery());
    search.response_type = Some(ResponseType::NonBlockingSynch);
    let acknowledgement = cse.request(search).await;
    assert_eq!(acknowledgement.status, Status::ACCEPTED_NON_BLOCKING_SYNCH);
    let content = acknowledgement.value();
    let address = content.as_map().unwrap().get("m2m:uri").unwrap().as_text().unwrap().to_owned();
    for _ in 0..100 {
        let seen = cse.request(Request::retrieve(&*address).from("CAdmin")).await.attributes().unwrap();
        if seen.get("rs") == Some(&Value::from(1_u32)) {
            let result = seen.get("ors").unwrap().as_map().unwrap();
            assert!(result.get("pc").unwrap().as_map().unwrap().contains("m2m:uril"));
            cse.stop().await;
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it was never carried out");
}
