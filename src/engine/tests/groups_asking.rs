//! Members that have to ask somebody, and subscriptions through a group (TS-0004 7.4.14.2.3, 7.4.14.2.5).

use super::groups::{grouped, house};
use super::groups_crowd::crowd;
use super::groups_fan_out::{all, answers, told};
use super::outside::Mood;
use super::{World, json};
use crate::primitive::{Request, Response, Status};
use crate::value::{AbsRelTimestamp, Map, Value};

const G: &str = "cse-in/Cae1/g/fopt";
const LISTENER: &str = "http://listener/n";

fn subscription(extra: &str) -> Request {
    let mut request = Request::create(G, 23, "", Map::new()).from("Cae1");
    request.content = Some(json(&format!(r#"{{"m2m:sub":{{"nu":["{LISTENER}"]{extra}}}}}"#)));
    request
}

fn attributes(response: &Response) -> Vec<Map> {
    let inner = |content: Value| content.as_map().unwrap().get("m2m:sub").unwrap().as_map().unwrap().clone();
    answers(response).into_iter().map(|(.., content)| inner(content)).collect()
}

#[test]
fn a_subscription_through_a_group_says_so_and_goes_to_the_group_when_forwarding_is_wanted() {
    let mut world = house();
    let id = grouped(&mut world, r#""mid":["Cae1/a","Cae1/b"]"#);
    let own = format!("/id-in/{id}");
    for member in attributes(&world.send(subscription(""))) {
        assert_eq!(member.get("nu"), Some(&json(&format!("[\"{LISTENER}\"]"))));
        assert_eq!(member.get("gpi"), Some(&Value::from(own.as_str())));
    }
    assert_eq!(world.outside.said_to(LISTENER).len(), 2, "each member asks");
    let forwarded = world.send(subscription(&format!(r#","nfu":"{LISTENER}""#)));
    for member in attributes(&forwarded) {
        assert_eq!(member.get("nu"), Some(&json(&format!("[\"{own}\"]"))));
        assert_eq!(member.get("gpi"), Some(&Value::from(own.as_str())));
        assert_eq!(member.get("nfu"), Some(&Value::from(LISTENER)));
    }
    assert_eq!(world.outside.said_to(LISTENER).len(), 0);
}

/// Each group puts itself between its members and the group around it.
#[test]
fn a_group_within_a_group_is_the_one_that_its_members_know() {
    let mut world = house();
    let within = grouped(&mut world, r#""rn":"inner","mid":["Cae1/b"]"#);
    grouped(&mut world, r#""mid":["Cae1/inner/fopt"]"#);
    let through = world.send(subscription(&format!(r#","nfu":"{LISTENER}""#)));
    let inner = answers(&through).remove(0).2;
    let response = Response { content: Some(crate::primitive::Content::Value(inner)), ..through };
    assert_eq!(attributes(&response)[0].get("gpi"), Some(&Value::from(format!("/id-in/{within}"))));
}

#[test]
fn members_of_groups_within_ask_as_well() {
    let mut world = house();
    grouped(&mut world, r#""rn":"inner","mid":["Cae1/b","Cae1/c"]"#);
    grouped(&mut world, r#""mid":["Cae1/a","Cae1/inner/fopt","Cae1/b"]"#);
    let response = world.send(subscription(""));
    assert_eq!(told(&response), all(&[("Cae1/a", 2001), ("Cae1/inner/fopt", 2000), ("Cae1/b", 4104)]));
    assert_eq!(world.outside.said_to(LISTENER).len(), 3);
    assert_eq!(world.discover("Cae1", "cse-in", &[("ty", "23")]).len(), 3);
    world.check();
}

#[test]
fn what_members_have_to_tell_is_forwarded_by_the_group_in_one() {
    let mut world = house();
    grouped(&mut world, r#""mid":["Cae1/a","Cae1/b"]"#);
    let subscribed = world.send(subscription(&format!(r#","nfu":"{LISTENER}","enc":{{"net":[3]}}"#)));
    assert_eq!(told(&subscribed), all(&[("Cae1/a", 2001), ("Cae1/b", 2001)]));
    world.instance("Cae1", G, "1");
    world.pass(120);
    let said = world.outside.said_to(LISTENER);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].as_map().unwrap().contains("m2m:agn"), "{said:?}");
}

#[test]
fn whoever_watches_a_group_hears_that_members_are_struck_off() {
    let mut world = house();
    grouped(&mut world, r#""mid":["Cae1/a","Cae2/c"]"#);
    let mut watching = subscription("");
    watching.to = "Cae1/g".into();
    assert_eq!(world.send(watching).status, Status::CREATED);
    world.outside.heard.clear();
    world.delete("Cae1", G);
    let said = world.outside.said_to(LISTENER);
    assert_eq!(said.len(), 1);
    let text = String::from_utf8(crate::codec::json::encode(&said[0])).unwrap();
    assert!(text.contains(r#""mid":["Cae2/c"]"#) && text.contains(r#""cnm":1"#), "{text}");
}

#[test]
fn all_members_ask_at_once_and_nothing_is_done_before_they_know() {
    let mut world = house();
    grouped(&mut world, r#""mid":["Cae1/a","cse-in/gone","Cae1/b"]"#);
    world.outside.at(LISTENER, Mood::Stalls);
    assert_eq!(world.try_send(&mut subscription("")), None);
    let calls = std::mem::take(&mut world.outside.kept);
    assert_eq!(calls.len(), 2);
    assert_eq!(world.discover("Cae1", "cse-in", &[("ty", "23")]).len(), 0);
    world.outside.at(LISTENER, Mood::Answers(Status::OK));
    for call in calls {
        let answers = call.requests.iter().map(|request| Response::new(Status::OK, request)).collect();
        world.answer(call.id, crate::engine::Answer::complete(answers));
    }
    let response = world.deferred().remove(0);
    assert_eq!(told(&response), all(&[("Cae1/a", 2001), ("cse-in/gone", 4004), ("Cae1/b", 2001)]));
    world.check();
}

#[test]
fn whoever_does_not_answer_in_time_is_left_out() {
    let mut world = house();
    grouped(&mut world, r#""mid":["Cae1/a","cse-in/gone"]"#);
    world.outside.at(LISTENER, Mood::Stalls);
    let timed = || {
        let mut request = subscription("");
        request.result_expiration_timestamp = Some(AbsRelTimestamp::After(5_000));
        request
    };
    assert_eq!(world.try_send(&mut timed()), None);
    let asked = world.now;
    world.pass(20);
    assert_eq!(told(&world.deferred()[0]), all(&[("cse-in/gone", 4004)]));
    assert!(world.now > asked);
    assert_eq!(
        world.update("Cae1", "cse-in/Cae1/g", r#"{"m2m:grp":{"mid":["Cae1/a","Cae1/b"]}}"#).status,
        Status::UPDATED
    );
    for mut request in [timed(), subscription("")] {
        assert_eq!(world.try_send(&mut request), None);
        world.pass(20);
        assert_eq!(world.deferred()[0].status, Status::GROUP_MEMBERS_NOT_RESPONDED);
    }
    assert_eq!(world.discover("Cae1", "cse-in", &[("ty", "23")]).len(), 0);
    world.check();
}

#[test]
fn many_members_ask_by_and_by() {
    let mut world = World::new();
    crowd(&mut world, 600);
    let most = |world: &World| world.outside.kept.len();
    world.outside.at(LISTENER, Mood::Stalls);
    assert_eq!(world.try_send(&mut subscription("")), None);
    let mut asked = 0;
    while most(&world) > 0 {
        assert!(most(&world) <= 300, "{}", most(&world));
        for call in std::mem::take(&mut world.outside.kept) {
            asked += 1;
            let answers = call.requests.iter().map(|request| Response::new(Status::OK, request)).collect();
            world.answer(call.id, crate::engine::Answer::complete(answers));
        }
    }
    assert_eq!(asked, 600);
    let response = world.deferred().remove(0);
    assert!(told(&response).iter().all(|(_, status)| *status == 2001));
    assert_eq!(told(&response).len(), 600);
}

/// Two that want the same in opposite order: neither waits for the other for ever.
#[test]
fn updates_that_need_agreement_pass_each_other() {
    let mut world = World::new();
    crowd(&mut world, 300);
    let forward = world.attribute("cse-in/Cae1/g", "mid");
    let backward: Vec<Value> = forward.as_list().unwrap().iter().rev().cloned().collect();
    let content =
        Map::from_iter([("rn", Value::from("back")), ("mnm", 300_u32.into()), ("mid", Value::List(backward))]);
    world.send(Request::create("cse-in/Cae1", 9, "m2m:grp", content).from("Cae1"));
    world.update("Cae1", "Cae1", &format!(r#"{{"m2m:ae":{{"rr":true,"poa":["{LISTENER}"]}}}}"#));
    let mut blocking = subscription("");
    blocking.content = Some(json(r#"{"m2m:sub":{"nu":["Cae1"],"enc":{"net":[7]}}}"#));
    assert!(told(&world.send(blocking)).iter().all(|(_, status)| *status == 2001), "it carries no group");
    world.outside.at(LISTENER, Mood::Stalls);
    for group in ["g", "back"] {
        let content = Map::from_iter([("lbl", vec![group])]);
        let mut update = Request::update(format!("Cae1/{group}/fopt"), "m2m:cnt", content).from("Cae1");
        assert_eq!(world.try_send(&mut update), None);
    }
    let mut done = Vec::new();
    while done.len() < 2 {
        assert!(!world.outside.kept.is_empty(), "somebody is asked, or both are done");
        for call in std::mem::take(&mut world.outside.kept) {
            let answers = call.requests.iter().map(|request| Response::new(Status::OK, request)).collect();
            world.answer(call.id, crate::engine::Answer::complete(answers));
        }
        done.extend(world.deferred());
    }
    let went_well = |response: &Response| told(response).iter().filter(|(_, status)| *status == 2004).count();
    assert_eq!((went_well(&done[0]), told(&done[0]).len()), (300, 300));
    assert_eq!(went_well(&done[1]), 300, "the other stood in line");
    assert_eq!(world.attribute("cse-in/Cae1/c0", "lbl"), json(r#"["back"]"#));
    world.check();
}
