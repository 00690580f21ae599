//! A resource type of one's own: what it holds as a schema, what it does as a behaviour.
//!
//! Run `cargo run --example vendor_type`.
//! You will see a valve created, a setting that the schema refuses, and one that the behaviour refuses.

use std::sync::Arc;

use onem2m_cse::engine::{Context, Newborn, Stop};
use onem2m_cse::primitive::{Rejection, Request};
use onem2m_cse::resource::Behaviour;
use onem2m_cse::tree::Record;
use onem2m_cse::value::{Attr, Map, Value};
use onem2m_cse::{Cse, CseConfig, Error};

const VALVE: u32 = 20001;
const OPENING: Attr<u64> = Attr::new("opng");
const MOVES: Attr<u64> = Attr::new("movs");

/// The columns are those of the standard's tables; `schemas/README.md` explains them.
const SCHEMA: &str = r#"
name = "valve"
short = "vlv"
type = 20001
root = "acme:vlv"
parents = ["CSEBase", "AE", "container"]
common = ["accessControlPolicyIDs", "expirationTime", "labels"]

[attributes]
opening = { short = "opng", type = "unsignedByte",       n = "1", c = "M",  u = "O",  a = "OA" }
moves   = { short = "movs", type = "nonNegativeInteger", n = "1", c = "NP", u = "NP", a = "OA" }
"#;

/// A valve opens by per cent, and counts how often it was moved.
struct Valve;

impl Behaviour for Valve {
    fn creating(&self, _: &mut Context<'_>, born: &mut Newborn) -> Result<(), Stop> {
        check(&born.attributes)?;
        MOVES.set(&mut born.attributes, 0);
        Ok(())
    }

    fn updating(&self, _: &mut Context<'_>, valve: &Arc<Record>, wanted: &mut Map) -> Result<(), Stop> {
        check(wanted)?;
        if OPENING.is_in(wanted) {
            MOVES.set(wanted, MOVES.get(valve.attributes()).unwrap_or(0) + 1);
        }
        Ok(())
    }
}

fn check(attributes: &Map) -> Result<(), Rejection> {
    match OPENING.get(attributes) {
        Some(101..) => Err(Rejection::unacceptable("opening (opng): expected at most 100")),
        _ => Ok(()),
    }
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let builder = Cse::builder(CseConfig::default()).schema("valve.toml", SCHEMA).behaviour(VALVE, Valve);
    let cse = builder.start().await?;
    let valve = [("rn", Value::from("v1")), ("opng", 0_u32.into())];
    let create = Request::create("cse-in", VALVE, "acme:vlv", Map::from_iter(valve));
    let update = |opening: Value| Request::update("cse-in/v1", "acme:vlv", Map::from_iter([("opng", opening)]));
    for request in [create, update("half".into()), update(120_u32.into()), update(50_u32.into())] {
        let response = cse.request(request.from("CAdmin")).await;
        println!(
            "{} {}",
            response.status.code(),
            String::from_utf8_lossy(&response.content.map(|c| c.to_json()).unwrap_or_default())
        );
    }
    cse.stop().await;
    Ok(())
}
