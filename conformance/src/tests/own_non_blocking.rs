//! Own group: requests whose result comes later (TS-0001 8.2.2, TS-0004 6.3.4.2.6, 7.3.2, 7.4.12, 7.5.1.2.5).

use std::time::Duration;

use onem2m_cse::primitive::{Operation, Request, ResponseType, Status};
use onem2m_cse::value::AbsRelTimestamp;
use serde_json::{Value as Json, json};
use tokio::time::{Instant, sleep};

use crate::ask::{Answer, Asking as _, at, create, delete, retrieve, update};
use crate::bench::{Bench, NOTIFIED, Place, equals};
use crate::kind::{CNT, REQ};
use crate::suite::Suite;
use crate::verdict::{Outcome, Stop, ensure};

/// The operations, with the code of each.
const OPERATIONS: [(&str, Operation, u16); 4] = [
    ("create", Operation::Create, 2001),
    ("retrieve", Operation::Retrieve, 2000),
    ("update", Operation::Update, 2004),
    ("delete", Operation::Delete, 2002),
];

/// Adds the tests.
pub fn add(suite: &mut Suite) {
    for (name, operation, code) in OPERATIONS {
        suite.own(
            &format!("TS-0004/7.3.2.3/synchronous-{name}"),
            "A non-blocking synchronous request is acknowledged, and its request resource has the result",
            &[REQ],
            move |bench| synchronous(bench, operation, code),
        );
        suite.own(
            &format!("TS-0004/7.5.1.2.5/asynchronous-{name}"),
            "A non-blocking asynchronous request is acknowledged, and its target is told the result",
            &[REQ],
            move |bench| asynchronous(bench, operation, code),
        );
        suite.own(
            &format!("TS-0004/6.3.4.2.6/flexible-{name}"),
            "A flexible request is answered at once, or acknowledged",
            &[REQ],
            move |bench| flexible(bench, operation, code),
        );
    }
    let summary = "The result of a refused operation has its code";
    suite.own("TS-0004/7.3.2.5/synchronous-refused", summary, &[REQ], refused);
    let summary = "A request resource is not created by request";
    suite.own("TS-0004/7.4.12.2.1/refuses-create", summary, &[REQ], is_not_created);
    let summary = "Only who asked may read the request resource";
    suite.own("TS-0004/7.4.12.2.2/refuses-strangers", summary, &[REQ], is_read_by_who_asked);
    let summary = "A request with an execution time is carried out then, and not before";
    suite.own("TS-0004/7.3.3.5/waits-for-its-time", summary, &[REQ], waits_for_its_time);
    let summary = "A request that has expired is refused with REQUEST_TIMEOUT";
    suite.own("TS-0004/7.3.2.1/refuses-what-has-expired", summary, &[CNT], refuses_what_has_expired);
}

/// An operation on a container, and the container.
async fn operation(bench: &Bench, operation: Operation) -> Result<(Request, Place), Stop> {
    let container = bench.a(CNT).await?;
    let to = container.path.as_str();
    let asked = match operation {
        Operation::Create => create(to, CNT, &json!({})),
        Operation::Update => update(to, CNT, &json!({"lbl": ["later"]})),
        Operation::Delete => delete(to),
        _ => retrieve(to),
    };
    Ok((asked.by(&container.originator), container))
}

/// The request resource that an acknowledgement names.
fn acknowledged(bench: &Bench, answer: &Answer, place: &Place) -> Result<Place, Stop> {
    let uri = [at(&answer.content, "m2m:uri"), &answer.content].into_iter().find_map(Json::as_str).unwrap_or_default();
    ensure(!uri.is_empty(), || format!("content: expected the address of a request resource, got {}", answer.content))?;
    bench.clean_up(uri, &place.originator);
    Ok(Place { kind: REQ, path: uri.to_owned(), originator: place.originator.clone(), ri: uri.to_owned() })
}

/// The operation result as soon as the request is done.
async fn result(bench: &Bench, request: &Place) -> Result<Answer, Stop> {
    let end = Instant::now() + NOTIFIED;
    loop {
        let found = bench.look(request).await?;
        // TS-0004 6.3.4.2.10: 1 completed, 2 failed.
        let done = found.get("rs").as_i64().is_some_and(|status| status == 1 || status == 2);
        if done || Instant::now() > end {
            ensure(done, || format!("rs: expected completed (1) before long, got {}", found.get("rs")))?;
            return Ok(found);
        }
        sleep(Duration::from_millis(50)).await;
    }
}

fn has_code(result: &Json, code: u16) -> Outcome {
    ensure(at(result, "rsc") == &json!(code), || format!("rsc: expected {code} in the result, got {result}"))
}

/// The acknowledgement has a code for its kind, or the one for all.
const SYNCHRONOUS: [Status; 2] = [Status::ACCEPTED_NON_BLOCKING_SYNCH, Status::ACCEPTED];
const ASYNCHRONOUS: [Status; 2] = [Status::ACCEPTED_NON_BLOCKING_ASYNCH, Status::ACCEPTED];

async fn synchronous(bench: Bench, kind: Operation, code: u16) -> Outcome {
    let (mut asked, container) = operation(&bench, kind).await?;
    asked.response_type = Some(ResponseType::NonBlockingSynch);
    let answer = bench.check_any(asked, &SYNCHRONOUS).await?;
    let request = acknowledged(&bench, &answer, &container)?;
    let found = result(&bench, &request).await?;
    has_code(found.get("ors"), code)?;
    equals(&found, "rs", &json!(1))
}

async fn asynchronous(bench: Bench, kind: Operation, code: u16) -> Outcome {
    let (mut asked, container) = operation(&bench, kind).await?;
    let mailbox = bench.mailbox();
    let identifier = bench.unique();
    asked.response_type = Some(ResponseType::NonBlockingAsynch);
    asked.notification_uris = Some(vec![mailbox.url().into()]);
    asked.request_identifier = identifier.as_str().into();
    let answer = bench.check_any(asked, &ASYNCHRONOUS).await?;
    acknowledged(&bench, &answer, &container)?;
    let is_result = |came: &crate::listener::Came| !at(&came.content, "m2m:rsp").is_null();
    let came = bench.told_that(&mailbox, "the result (m2m:rsp)", is_result).await?;
    let response = at(&came.content, "m2m:rsp");
    has_code(response, code)?;
    ensure(at(response, "rqi") == &json!(identifier), || {
        format!("rqi: expected {identifier:?} of the original request, got {response}")
    })
}

async fn flexible(bench: Bench, kind: Operation, code: u16) -> Outcome {
    let (mut asked, container) = operation(&bench, kind).await?;
    asked.response_type = Some(ResponseType::FlexBlocking);
    let mut expected = vec![Status::new(code)];
    expected.extend(SYNCHRONOUS);
    let answer = bench.check_any(asked, &expected).await?;
    if answer.status == Status::new(code) {
        return Ok(());
    }
    let request = acknowledged(&bench, &answer, &container)?;
    has_code(result(&bench, &request).await?.get("ors"), code)
}

async fn refused(bench: Bench) -> Outcome {
    let (mut asked, container) = operation(&bench, Operation::Retrieve).await?;
    asked.to = format!("{}/{}", container.path, bench.unique()).into();
    asked.response_type = Some(ResponseType::NonBlockingSynch);
    let mut expected = vec![Status::NOT_FOUND];
    expected.extend(SYNCHRONOUS);
    let answer = bench.check_any(asked, &expected).await?;
    if answer.status == Status::NOT_FOUND {
        return Ok(());
    }
    let request = acknowledged(&bench, &answer, &container)?;
    has_code(result(&bench, &request).await?.get("ors"), 4004)
}

async fn is_not_created(bench: Bench) -> Outcome {
    let base = bench.base();
    let asked = create(&base.path, REQ, &json!({})).by(&base.originator);
    bench.check(asked, Status::OPERATION_NOT_ALLOWED).await.map(drop)
}

async fn is_read_by_who_asked(bench: Bench) -> Outcome {
    let (mut asked, container) = operation(&bench, Operation::Retrieve).await?;
    let stranger = bench.ae().await?;
    asked.response_type = Some(ResponseType::NonBlockingSynch);
    let answer = bench.check_any(asked, &SYNCHRONOUS).await?;
    let request = acknowledged(&bench, &answer, &container)?;
    bench.look(&request).await?;
    let read = retrieve(&request.path).by(&stranger.originator);
    bench.check(read, Status::ORIGINATOR_HAS_NO_PRIVILEGE).await.map(drop)
}

async fn waits_for_its_time(bench: Bench) -> Outcome {
    let (mut asked, container) = operation(&bench, Operation::Update).await?;
    asked.response_type = Some(ResponseType::NonBlockingSynch);
    asked.operation_execution_time = Some(AbsRelTimestamp::After(1500));
    let answer = bench.check_any(asked, &SYNCHRONOUS).await?;
    let request = acknowledged(&bench, &answer, &container)?;
    equals(&bench.look(&container).await?, "lbl", &Json::Null)?;
    has_code(result(&bench, &request).await?.get("ors"), 2004)?;
    equals(&bench.look(&container).await?, "lbl", &json!(["later"]))
}

async fn refuses_what_has_expired(bench: Bench) -> Outcome {
    let (mut asked, container) = operation(&bench, Operation::Update).await?;
    let past = onem2m_cse::value::Timestamp::now().plus_seconds(-60);
    asked.request_expiration_timestamp = Some(AbsRelTimestamp::At(past));
    bench.check(asked, Status::REQUEST_TIMEOUT).await?;
    equals(&bench.look(&container).await?, "lbl", &Json::Null)
}
