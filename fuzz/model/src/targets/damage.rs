//! A corrupt byte in what rests: whatever a store gives back, the CSE neither panics nor runs in circles.

use arbitrary::{Arbitrary as _, Unstructured};
use onem2m_cse::engine::Input;
use onem2m_cse::primitive::{FilterCriteria, Request};
use onem2m_cse::tree::{self, Tree};

use crate::fixture::{Fixture, Row};

/// The bytes choose rows and what becomes of them; then the CSE starts and is asked a few things.
pub fn damage(data: &[u8]) {
    let mut bytes = Unstructured::new(data);
    let mut rows = Fixture::shared().rows.clone();
    for _ in 0..bytes.int_in_range(1..=4).unwrap_or(1) {
        if harm(&mut rows, &mut bytes).is_err() {
            break;
        }
    }
    let store = crate::fixture::store_of(&rows);
    let tree = Tree::new(store.clone(), 64);
    let _ = tree::check(&tree.snapshot(), |_| ());
    let Ok(mut world) = Fixture::shared().over(store) else { return };
    for round in 0..3_u64 {
        let mut due = 0;
        while world.engine.next_due().is_some_and(|at| at <= world.now) && due < 2000 {
            due += 1;
            world.engine.handle(Input::Due, world.now);
        }
        assert!(due < 2000, "the engine never comes to rest");
        for (place, request) in questions().into_iter().enumerate() {
            let ticket = round * 100 + place as u64;
            world.engine.handle(Input::Request(ticket, Box::new(request.identified(format!("q{ticket}")))), world.now);
        }
        world.now = world.now.plus_seconds(1_000_000);
    }
}

fn harm(rows: &mut Vec<Row>, bytes: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    let at = bytes.choose_index(rows.len())?;
    let row = &mut rows[at];
    match bytes.int_in_range(0..=4)? {
        0 | 1 => {
            if let Some(place) = row.value.len().checked_sub(1) {
                let place = bytes.int_in_range(0..=place)?;
                row.value[place] = u8::arbitrary(bytes)?;
            }
        }
        2 => {
            let length = bytes.int_in_range(0..=row.value.len())?;
            row.value.truncate(length);
        }
        3 => {
            if let Some(place) = row.key.len().checked_sub(1) {
                let place = bytes.int_in_range(0..=place)?;
                row.key[place] = u8::arbitrary(bytes)?;
            }
        }
        _ => {
            rows.remove(at);
        }
    }
    Ok(())
}

fn questions() -> Vec<Request> {
    let mut questions = Vec::new();
    for to in
        ["cse-in", "cse-in/Cae1/c", "cse-in/Cae1/c/la", "cse-in/Cae1/c/ol", "cse-in/Cae1/g/fopt", "cse-in/Cae1/c/s"]
    {
        questions.push(Request::retrieve(to).from("CAdmin"));
    }
    let mut everything = FilterCriteria::discovery();
    questions.push(Request::retrieve("cse-in").from("CAdmin").filtered(everything.clone()));
    everything.labels.push("a".into());
    questions.push(Request::retrieve("cse-in").from("CAdmin").filtered(everything));
    questions.push(crate::fixture::create("Cae1", "cse-in/Cae1/c", 4, r#"{"m2m:cin":{"con":"new"}}"#));
    questions.push(crate::fixture::update("Cae1", "cse-in/Cae1/c", r#"{"m2m:cnt":{"mni":2,"disr":false}}"#));
    questions.push(Request::delete("cse-in/Cae1/c/la").from("Cae1"));
    questions.push(Request::delete("cse-in/Cae1").from("CAdmin"));
    questions
}
