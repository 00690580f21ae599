//! A program that is told when a sensor speaks, and one that has to agree before a lamp is switched.
//!
//! Run: `cargo run --example told`. You will see three temperatures arrive, a switch that is refused, and one that is not.

use onem2m_cse::primitive::{Request, Response, Status};
use onem2m_cse::value::{Map, Value};
use onem2m_cse::{Cse, CseConfig};
use tokio::sync::mpsc;

#[tokio::main]
async fn main() -> Result<(), onem2m_cse::Error> {
    // A channel of one's own: what finds a place in it counts as delivered.
    let (mail, mut arrivals) = mpsc::channel(16);
    let cse = Cse::builder(CseConfig::default())
        .notify_into("dashboard", mail)
        .on_notify("guard", |notification: Request| async move {
            let dark = format!("{:?}", notification.content).contains("off");
            let verdict = if dark { Status::OPERATION_NOT_ALLOWED } else { Status::OK };
            Response::new(verdict, &notification)
        })
        .start()
        .await?;

    create(&cse, "cse-in", 2, "m2m:ae", ae("house", "in-process://guard")).await;
    create(&cse, "cse-in/house", 3, "m2m:cnt", Map::from_iter([("rn", "temps")])).await;
    create(&cse, "cse-in/house", 3, "m2m:cnt", Map::from_iter([("rn", "lamp")])).await;
    create(&cse, "cse-in/house/temps", 23, "m2m:sub", subscription("in-process://dashboard", 3)).await;
    // Event type 7: an UPDATE waits until the target has agreed.
    create(&cse, "cse-in/house/lamp", 23, "m2m:sub", subscription("Chouse", 7)).await;

    for degrees in ["21.0", "21.5", "22.0"] {
        create(&cse, "cse-in/house/temps", 4, "m2m:cin", Map::from_iter([("con", degrees)])).await;
    }
    // The first asks whether the dashboard wants to be told at all (`vrq`); then come the temperatures, in order.
    for expected in ["vrq", "21.0", "21.5", "22.0"] {
        let notification = arrivals.recv().await.and_then(|request| request.content);
        let told = format!("{notification:?}").contains(expected);
        println!("{expected}: {}", if told { "told" } else { "something else" });
    }
    for state in ["off", "on"] {
        let switch = Map::from_iter([("lbl", vec![state])]);
        let response = cse.request(Request::update("cse-in/house/lamp", "m2m:cnt", switch).from("Chouse")).await;
        println!("{state}: {}", response.status.code());
    }
    cse.stop().await;
    Ok(())
}

async fn create(cse: &Cse, to: &str, resource_type: u32, root: &str, attributes: Map) {
    let response = cse.request(Request::create(to, resource_type, root, attributes).from("Chouse")).await;
    assert_eq!(response.status, Status::CREATED, "{:?}", response.value());
}

fn ae(name: &str, point_of_access: &str) -> Map {
    Map::from_iter([
        ("rn", Value::from(name)),
        ("api", "N.example.house".into()),
        ("rr", true.into()),
        ("poa", vec![point_of_access].into()),
        ("srv", vec!["3"].into()),
    ])
}

fn subscription(target: &str, event_type: u64) -> Map {
    let criteria = Map::from_iter([("net", vec![event_type])]);
    Map::from_iter([("nu", Value::from(vec![target])), ("enc", criteria.into())])
}
