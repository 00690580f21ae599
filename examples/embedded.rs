//! A CSE inside a program's own loop: no runtime, no thread, no socket, no clock.
//!
//! Run `cargo run --no-default-features --example embedded`.
//! You will see three requests answered, then an instance that leaves when it is a minute old. No minute is waited for:
//! the program says what time it is, and this one says that it is already later.

use std::collections::VecDeque;
use std::sync::Arc;

use onem2m_cse::engine::{Change, Engine, Input, Output};
use onem2m_cse::primitive::Request;
use onem2m_cse::resource::Behaviours;
use onem2m_cse::schema::Registry;
use onem2m_cse::store::memory::MemoryStore;
use onem2m_cse::value::{Map, Timestamp, Value};
use onem2m_cse::{CseConfig, Error};

fn main() -> Result<(), Error> {
    let store = Arc::new(MemoryStore::new());
    let mut now = Timestamp::now();
    let end = now.plus_seconds(3600);
    let mut engine = Engine::new(CseConfig::default(), Registry::standard()?, Behaviours::standard(), store, now)?;
    engine.watch(true);

    let mut waiting: VecDeque<Request> = requests().into();
    let mut ticket = 0;
    loop {
        let input = match (waiting.pop_front(), engine.next_due()) {
            (Some(request), _) => {
                ticket += 1;
                Input::Request(ticket, Box::new(request.identified(format!("r{ticket}"))))
            }
            // A program in the world would sleep until then, or until a request comes.
            (None, Some(due)) if due <= end => {
                now = now.max(due);
                Input::Due
            }
            _ => break,
        };
        for output in engine.handle(input, now) {
            match output {
                Output::Reply(ticket, response) => println!("{ticket}: {}", response.status.code()),
                // Nobody is subscribed here, so nobody is to be called.
                Output::Call(_) => {}
                Output::Changed(Change { kind, record, .. }) => println!("   {kind:?} {}", record.resource_id),
            }
        }
    }

    // Reading needs no turn in the loop, and may happen on any thread.
    let left = engine.reader().read(&Request::retrieve("cse-in/sensor/temps").from("Csensor").identified("r"), now);
    let left = left.and_then(|response| response.attributes()).unwrap_or_default();
    assert_eq!(left.get("cni"), Some(&Value::Int(0)), "the instance has left");
    Ok(())
}

/// What somebody asks: a registration, a container whose instances live for a minute, and an instance.
fn requests() -> [Request; 3] {
    let ae =
        [("rn", Value::from("sensor")), ("api", "N.sensor".into()), ("rr", false.into()), ("srv", vec!["3"].into())];
    let container = [("rn", Value::from("temps")), ("mia", 60_u32.into())];
    [
        Request::create("cse-in", 2, "m2m:ae", Map::from_iter(ae)).from("Csensor"),
        Request::create("cse-in/sensor", 3, "m2m:cnt", Map::from_iter(container)).from("Csensor"),
        Request::create("cse-in/sensor/temps", 4, "m2m:cin", Map::from_iter([("con", "21.5")])).from("Csensor"),
    ]
}
