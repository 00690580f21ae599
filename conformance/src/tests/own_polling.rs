//! Own group: polling channels, by which an AE is told that cannot be reached (TS-0001 10.2.5.13 to 10.2.5.19, TS-0004
//! 7.4.21, 7.4.22).

use onem2m_cse::primitive::{Operation, ReleaseVersion, Request, Status};
use onem2m_cse::value::AbsRelTimestamp;
use serde_json::{Value as Json, json};

use crate::ask::{Answer, Asking as _, at, create, delete, inside, retrieve, update, value};
use crate::bench::{Bench, Place, represented};
use crate::kind::{CNT, PCH, SUB};
use crate::suite::Suite;
use crate::verdict::{Outcome, Stop, ensure};

/// Adds the tests.
pub fn add(suite: &mut Suite) {
    let mut own = |id: &str, summary: &'static str, run: fn(Bench) -> Running| {
        suite.own(&format!("TS-0004/{id}"), summary, &[PCH], run);
    };
    own("7.4.21.2/refuses-strangers", "Nobody but its AE may create, read or delete a polling channel", |bench| {
        Box::pin(belongs_to_its_ae(bench))
    });
    own("7.4.22.2.2/refuses-strangers", "Nobody but its AE may poll", |bench| Box::pin(is_polled_by_its_ae(bench)));
    own("7.4.22.2.2/takes-what-waits", "A poll takes the notification that waits", |bench| {
        Box::pin(takes_what_waits(bench))
    });
    own("7.4.22.2.2/waits-for-what-comes", "A poll that finds nothing waits for what comes", |bench| {
        Box::pin(waits_for_what_comes(bench))
    });
    own("7.4.22.2.2/times-out", "A poll for which nothing comes ends with REQUEST_TIMEOUT", |bench| {
        Box::pin(times_out(bench))
    });
    own("7.4.22.2.5/answers-the-sender", "What the AE answers over the channel reaches who asked", |bench| {
        Box::pin(answers_the_sender(bench))
    });
    for (operation, name) in
        [(Operation::Create, "create"), (Operation::Update, "update"), (Operation::Delete, "delete")]
    {
        suite.own(
            &format!("TS-0004/7.4.22.2/refuses-{name}"),
            "The polling channel URI is neither created in, updated nor deleted",
            &[PCH],
            move |bench| refuses_an_operation(bench, operation),
        );
    }
}

type Running = std::pin::Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// An AE with a channel, and the channel's URI.
async fn polling(bench: &Bench) -> Result<(Place, Place, String), Stop> {
    let ae = bench.ae().await?;
    let channel = bench.make(PCH, &ae, json!({})).await?;
    let uri = format!("{}/pcu", channel.path);
    Ok((ae, channel, uri))
}

/// A poll that ends after so many milliseconds.
fn poll(uri: &str, ae: &Place, millis: i64) -> Request {
    let mut request = retrieve(uri).by(&ae.originator);
    request.request_expiration_timestamp = Some(AbsRelTimestamp::After(millis));
    request
}

/// The request in the answer to a poll: the inside of `m2m:rqp`, or itself.
fn polled(answer: &Answer) -> Result<Json, Stop> {
    let content = &answer.content;
    let wrapped = at(content, "m2m:rqp");
    let found = if wrapped.is_null() { content } else { wrapped };
    let whole = at(found, "rqi").is_string() && at(found, "op").is_number();
    ensure(whole, || format!("content: expected a request primitive (m2m:rqp), got {content}"))?;
    Ok(found.clone())
}

/// Sends the answer to a request that was polled.
fn answer(bench: &Bench, uri: &str, ae: &Place, request: &Json, code: u16) -> Request {
    let mut notify = Request::new(Operation::Notify, uri).by(&ae.originator);
    let mut response = json!({"rsc": code, "rqi": at(request, "rqi"), "fr": ae.originator});
    // Release 1 has no indicator.
    if let (true, Some(response)) = (bench.release() > ReleaseVersion::R1, response.as_object_mut()) {
        response.insert("rvi".into(), json!(bench.release().as_str()));
    }
    notify.content = Some(value(&json!({"m2m:rsp": response})));
    notify
}

async fn belongs_to_its_ae(bench: Bench) -> Outcome {
    let (_, channel, _) = polling(&bench).await?;
    let (other, another) = (bench.ae().await?, bench.ae().await?);
    let no = Status::ORIGINATOR_HAS_NO_PRIVILEGE;
    bench.check(create(&another.path, PCH, &json!({})).by(&other.originator), no).await?;
    bench.check(retrieve(&channel.path).by(&other.originator), no).await?;
    bench.check(delete(&channel.path).by(&other.originator), no).await?;
    bench.look(&channel).await.map(drop)
}

async fn is_polled_by_its_ae(bench: Bench) -> Outcome {
    let (_, _, uri) = polling(&bench).await?;
    let other = bench.ae().await?;
    bench.check(poll(&uri, &other, 1000), Status::ORIGINATOR_HAS_NO_PRIVILEGE).await.map(drop)
}

/// A container that tells the AE, and nobody else.
async fn subscribed(bench: &Bench, ae: &Place) -> Result<Place, Stop> {
    let container = bench.make(CNT, ae, json!({})).await?;
    bench.make(SUB, &container, json!({"nu": [ae.ri], "enc": {"net": [1]}})).await?;
    Ok(container)
}

fn tells_of_label(request: &Json, label: &str) -> Outcome {
    let event = at(at(at(request, "pc"), "m2m:sgn"), "nev");
    ensure(at(request, "op") == &json!(5), || format!("op: expected a NOTIFY, got {request}"))?;
    ensure(at(represented(event), "lbl") == &json!([label]), || {
        format!("pc: expected a notification of the label {label:?}, got {request}")
    })
}

async fn takes_what_waits(bench: Bench) -> Outcome {
    let (ae, _, uri) = polling(&bench).await?;
    let container = subscribed(&bench, &ae).await?;
    bench.relabel(&container, "waiting").await?;
    let request = polled(&bench.check(poll(&uri, &ae, 3000), Status::OK).await?)?;
    tells_of_label(&request, "waiting")?;
    bench.check_any(answer(&bench, &uri, &ae, &request, 2000), &[Status::OK]).await.map(drop)
}

async fn waits_for_what_comes(bench: Bench) -> Outcome {
    let (ae, _, uri) = polling(&bench).await?;
    let container = subscribed(&bench, &ae).await?;
    let later = async {
        // Time for the poll to be there; nothing is learnt if it is not.
        tokio::time::sleep(crate::bench::SILENT).await;
        bench.relabel(&container, "later").await
    };
    let (polling, changed) = tokio::join!(bench.check(poll(&uri, &ae, 5000), Status::OK), later);
    changed?;
    let request = polled(&polling?)?;
    tells_of_label(&request, "later")?;
    bench.check(answer(&bench, &uri, &ae, &request, 2000), Status::OK).await.map(drop)
}

async fn times_out(bench: Bench) -> Outcome {
    let (ae, _, uri) = polling(&bench).await?;
    bench.check(poll(&uri, &ae, 500), Status::REQUEST_TIMEOUT).await.map(drop)
}

/// A NOTIFY to the AE, which answers with a code that nobody would think of.
async fn answers_the_sender(bench: Bench) -> Outcome {
    let (ae, channel, uri) = polling(&bench).await?;
    let sender = bench.ae().await?;
    let policy = bench.policy(&ae, &[&sender.originator], 16).await?;
    let open = update(&ae.path, ae.kind, &json!({"acpi": [policy.ri]})).by(&ae.originator);
    bench.prepare(open).await?;
    let mut notify = Request::new(Operation::Notify, ae.ri.as_str()).by(&sender.originator);
    notify.content = Some(value(&json!({"m2m:sgn": {"sur": channel.ri}})));
    notify.request_expiration_timestamp = Some(AbsRelTimestamp::After(8000));
    let serve = async {
        let request = polled(&bench.check(poll(&uri, &ae, 5000), Status::OK).await?)?;
        ensure(inside(at(&request, "pc")).is_object(), || format!("pc: expected the notification, got {request}"))?;
        bench.check(answer(&bench, &uri, &ae, &request, 4015), Status::OK).await
    };
    let (sent, served) = tokio::join!(bench.send(notify), serve);
    served?;
    let got = sent?.status;
    ensure(got == Status::new(4015), || format!("NOTIFY {}: expected 4015 as the AE answered, got {got:?}", ae.ri))
}

async fn refuses_an_operation(bench: Bench, operation: Operation) -> Outcome {
    let (ae, _, uri) = polling(&bench).await?;
    let asked = match operation {
        Operation::Create => create(&uri, CNT, &json!({})),
        Operation::Update => update(&uri, PCH, &json!({"lbl": ["x"]})),
        _ => delete(&uri),
    };
    bench.check(asked.by(&ae.originator), Status::OPERATION_NOT_ALLOWED).await.map(drop)
}
