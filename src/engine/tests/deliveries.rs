//! How notifications reach their targets: in order, at least once, late if need be (TS-0001 10.2.10.7).

use super::World;
use super::outside::Mood;
use super::subscriptions::{LISTENER, house, sgn, subscribe};
use crate::primitive::{Request, Status};
use crate::value::{Map, Value};

const NEW_INSTANCES: &str = r#""nu":["http://listener/notify"],"enc":{"net":[3]}"#;

fn with(more: &str) -> String {
    format!("{NEW_INSTANCES},{more}")
}

fn instances(world: &mut World, range: std::ops::Range<u32>) {
    for n in range {
        assert_eq!(world.instance("Cae1", "cse-in/Cae1/c", &n.to_string()).status, Status::CREATED);
    }
}

fn content(notification: &Map) -> u32 {
    let rep = notification.get("nev").and_then(|nev| nev.as_map()?.get("rep")?.as_map()?.get("m2m:cin")).unwrap();
    rep.as_map().unwrap().get("con").and_then(Value::as_text).unwrap().parse().unwrap()
}

/// The contents of the instances that the listener was told of, batches unpacked.
fn contents(world: &mut World) -> Vec<u32> {
    world.outside.said_to(LISTENER).iter().flat_map(unpacked).map(|sgn| content(&sgn)).collect()
}

fn unpacked(content: &Value) -> Vec<Map> {
    match content.as_map().unwrap().get("m2m:agn") {
        Some(batch) => {
            let list = batch.as_map().unwrap().get("m2m:sgn").and_then(Value::as_list).unwrap();
            list.iter().map(|sgn| sgn.as_map().unwrap().clone()).collect()
        }
        None => vec![sgn(content)],
    }
}

/// The sizes of the messages that the listener got.
fn sizes(world: &mut World) -> Vec<usize> {
    world.outside.said_to(LISTENER).iter().map(|content| unpacked(content).len()).collect()
}

fn lanes(world: &World) -> usize {
    let reader = world.engine.reader();
    let cell = reader.core().tree.snapshot();
    let view = crate::tree::View::new(&cell);
    let all = crate::store::KeyRange::all();
    view.scan(crate::tree::tables::LANE, all, crate::store::Direction::Forward).unwrap().count()
}

#[cfg(all(feature = "cbor", feature = "xml"))]
#[test]
fn each_target_is_told_in_the_format_that_it_wants() {
    use crate::codec::format::Format;
    let mut world = house();
    for (csz, target, url, format) in [
        (r#"["json"]"#, "http://a/in?ct=xml", "http://a/in", Format::Xml),
        (r#"["json"]"#, "http://a/in?ct=cbor&x=1", "http://a/in?x=1", Format::Cbor),
        (r#"["xml"]"#, "http://a/in", "http://a/in", Format::Json),
        (r#"["application/cbor","json"]"#, "Cae1", "http://ae/in", Format::Cbor),
        (r#"["xml"]"#, "Cae1", "http://ae/in", Format::Xml),
        (r#"["xml"]"#, "Cae1?ct=json", "http://ae/in", Format::Json),
    ] {
        let ae = format!(r#"{{"m2m:ae":{{"csz":{csz},"poa":["http://ae/in"],"rr":true}}}}"#);
        let updated = world.update("Cae1", "cse-in/Cae1", &ae);
        assert_eq!(updated.status, Status::UPDATED, "{:?}", updated.value());
        subscribe(&mut world, &format!(r#""nu":["{target}"],"enc":{{"net":[3]}}"#));
        world.outside.formats.clear();
        instances(&mut world, 0..1);
        world.pass(1);
        assert_eq!(world.outside.formats, [(url.to_owned(), format)], "{csz} {target}");
        assert_eq!(world.delete("Cae1", "cse-in/Cae1/c/s").status, Status::DELETED);
    }
}

#[test]
fn a_target_that_was_away_gets_all_of_it_in_order() {
    let mut world = house();
    subscribe(&mut world, NEW_INSTANCES);
    world.outside.at(LISTENER, Mood::Gone);
    instances(&mut world, 0..200);
    world.pass(3600);
    assert_eq!(contents(&mut world), [0_u32; 0]);
    assert!(world.outside.calls < 40, "{} calls in an hour", world.outside.calls);
    world.outside.at(LISTENER, Mood::Answers(Status::OK));
    world.pass(600);
    assert_eq!(contents(&mut world), (0..200).collect::<Vec<_>>());
    world.check();
}

#[test]
fn what_was_not_delivered_survives_a_restart() {
    let mut world = house();
    subscribe(&mut world, NEW_INSTANCES);
    world.outside.at(LISTENER, Mood::Stalls);
    instances(&mut world, 0..3);
    world.outside.at(LISTENER, Mood::Answers(Status::OK));
    world.restart();
    world.pass(0);
    assert_eq!(contents(&mut world), [0, 1, 2]);
    world.restart();
    world.pass(60);
    assert_eq!(contents(&mut world), [0_u32; 0]);
}

#[test]
fn a_retry_that_is_lost_with_the_program_is_made_again_at_once() {
    let mut world = house();
    subscribe(&mut world, NEW_INSTANCES);
    world.outside.at(LISTENER, Mood::Gone);
    instances(&mut world, 0..3);
    world.outside.at(LISTENER, Mood::Stalls);
    world.pass(3);
    assert_eq!(world.outside.kept.len(), 1, "the second attempt is under way");
    world.outside.at(LISTENER, Mood::Answers(Status::OK));
    world.restart();
    world.pass(0);
    assert_eq!(contents(&mut world), [0, 1, 2]);
}

#[test]
fn a_connection_that_breaks_costs_nothing_and_repeats_nothing() {
    let mut world = house();
    subscribe(&mut world, NEW_INSTANCES);
    world.outside.at(LISTENER, Mood::Gone);
    instances(&mut world, 0..10);
    world.outside.at(LISTENER, Mood::Breaks(4));
    world.pass(600);
    assert_eq!(contents(&mut world), (0..10).collect::<Vec<_>>());
}

#[test]
fn a_target_that_is_named_twice_is_told_once() {
    let mut world = house();
    subscribe(&mut world, r#""nu":["http://listener/notify","http://listener/notify"],"enc":{"net":[3]}"#);
    instances(&mut world, 0..2);
    assert_eq!(contents(&mut world), [0, 1]);
    world.check();
}

#[test]
fn a_dead_target_delays_nobody_else() {
    let mut world = house();
    subscribe(&mut world, r#""nu":["http://dead/x","http://listener/notify"],"enc":{"net":[3]}"#);
    world.outside.at("http://dead/x", Mood::Stalls);
    instances(&mut world, 0..5);
    assert_eq!(contents(&mut world), [0, 1, 2, 3, 4]);
}

#[test]
fn a_receiver_in_trouble_is_asked_again_and_one_that_declines_is_not() {
    let mut world = house();
    subscribe(&mut world, NEW_INSTANCES);
    world.outside.at(LISTENER, Mood::Answers(Status::BAD_REQUEST));
    instances(&mut world, 0..1);
    world.pass(3600);
    assert_eq!(contents(&mut world), [0]);
    world.outside.at(LISTENER, Mood::Answers(Status::INTERNAL_SERVER_ERROR));
    instances(&mut world, 1..2);
    world.pass(2);
    world.outside.at(LISTENER, Mood::Answers(Status::OK));
    world.pass(30);
    let heard = contents(&mut world);
    assert!(heard.len() >= 2 && heard.iter().all(|n| *n == 1), "{heard:?}");
    // One that is in trouble for good is given up, and does not stand in the way for ever.
    world.outside.at(LISTENER, Mood::Answers(Status::INTERNAL_SERVER_ERROR));
    instances(&mut world, 2..3);
    world.pass(7200);
    assert_eq!(contents(&mut world).len(), 8);
}

#[test]
fn who_was_away_for_long_is_not_given_up_for_one_trouble() {
    let mut world = house();
    subscribe(&mut world, NEW_INSTANCES);
    world.outside.at(LISTENER, Mood::Gone);
    instances(&mut world, 0..1);
    world.pass(7200);
    world.outside.at(LISTENER, Mood::Answers(Status::INTERNAL_SERVER_ERROR));
    world.pass(400);
    world.outside.at(LISTENER, Mood::Answers(Status::OK));
    world.outside.heard.clear();
    world.pass(400);
    assert_eq!(contents(&mut world), [0]);
}

#[test]
fn of_too_many_the_oldest_are_given_up_and_counted() {
    let mut world = World::with(|config| config.limits.notifications_per_target = 5);
    world.furnish("Cae1", r#"{"m2m:cnt":{"rn":"c"}}"#);
    subscribe(&mut world, &with(r#""nse":true"#));
    world.outside.at(LISTENER, Mood::Gone);
    instances(&mut world, 0..12);
    world.outside.at(LISTENER, Mood::Answers(Status::OK));
    world.pass(600);
    assert_eq!(contents(&mut world), [7, 8, 9, 10, 11]);
    let stats = world.attribute("cse-in/Cae1/c/s", "nsi");
    let stats = stats.as_list().unwrap()[0].as_map().unwrap().clone();
    assert_eq!(stats.get("noec"), Some(&Value::Int(12)));
    assert_eq!(stats.get("rsr"), Some(&Value::Int(5)));
}

#[test]
fn many_lanes_to_one_place_follow_one_another_without_delay() {
    let mut world = house();
    let targets: Vec<String> = (0..100).map(|n| format!("\"http://listener/{n}\"")).collect();
    subscribe(&mut world, &format!(r#""nu":[{}],"enc":{{"net":[3]}}"#, targets.join(",")));
    world.outside.calls = 0;
    for n in 0..100 {
        world.outside.at(&format!("http://listener/{n}"), Mood::Stalls);
    }
    instances(&mut world, 0..1);
    assert_eq!(world.outside.calls, 16, "as many as may be under way to one place");
    for n in 0..100 {
        world.outside.at(&format!("http://listener/{n}"), Mood::Answers(Status::OK));
    }
    for call in std::mem::take(&mut world.outside.kept) {
        let response = crate::primitive::Response::new(Status::OK, &call.requests[0]);
        world.answer(call.id, crate::engine::Answer::complete(vec![response]));
    }
    // No time has passed.
    assert_eq!((world.outside.calls, world.outside.heard.len()), (100, 84));
    world.check();
}

#[test]
fn a_batch_leaves_when_it_is_full_or_old() {
    let mut world = house();
    subscribe(&mut world, &with(r#""bn":{"num":3,"dur":"PT10S"}"#));
    instances(&mut world, 0..7);
    assert_eq!(sizes(&mut world), [3, 3]);
    world.pass(9);
    assert_eq!(sizes(&mut world), [0_usize; 0]);
    world.pass(2);
    assert_eq!(sizes(&mut world), [1]);
    world.pass(60);
    assert_eq!(sizes(&mut world), [0_usize; 0]);
}

#[test]
fn a_batch_that_was_ripe_stays_ripe_when_its_target_fails() {
    let mut world = house();
    subscribe(&mut world, &with(r#""bn":{"num":3,"dur":"PT1H"}"#));
    world.outside.at(LISTENER, Mood::Gone);
    instances(&mut world, 0..1);
    world.pass(3610);
    world.outside.at(LISTENER, Mood::Answers(Status::OK));
    world.pass(20);
    assert_eq!(sizes(&mut world), [1]);
}

#[test]
fn a_batch_of_the_latest_is_one_sample() {
    let mut world = house();
    subscribe(&mut world, &with(r#""bn":{"num":3},"ln":true"#));
    instances(&mut world, 0..3);
    let (_, request) = world.outside.heard[0].clone();
    assert_eq!(request.event_category, Some(4));
    assert_eq!(contents(&mut world), [2]);
}

#[test]
fn a_rate_is_kept_in_windows_one_after_the_other() {
    let mut world = house();
    subscribe(&mut world, &with(r#""rl":{"mnn":2,"tww":"PT10S"}"#));
    instances(&mut world, 0..5);
    assert_eq!(contents(&mut world), [0, 1]);
    world.pass(11);
    assert_eq!(contents(&mut world), [2, 3]);
    world.pass(11);
    assert_eq!(contents(&mut world), [4]);
}

#[test]
fn only_the_latest_is_sent_of_what_waited() {
    let mut world = house();
    subscribe(&mut world, &with(r#""ln":true"#));
    world.outside.at(LISTENER, Mood::Gone);
    instances(&mut world, 0..5);
    world.outside.at(LISTENER, Mood::Answers(Status::OK));
    world.pass(60);
    assert_eq!(contents(&mut world), [4]);
}

/// Only in the first ten seconds of each minute; the world begins at second 0.
fn scheduled(pending: &str) -> World {
    let mut world = house();
    subscribe(&mut world, &with(pending));
    let schedule = r#"{"m2m:sch":{"se":{"sce":["0-9 * * * * * *"]}}}"#;
    let created = world.create("Cae1", "cse-in/Cae1/c/s", 18, schedule);
    assert_eq!(created.status, Status::CREATED, "{:?}", created.value());
    assert_eq!(created.attributes().unwrap().get("rn"), Some(&Value::from("notificationSchedule")));
    instances(&mut world, 0..1);
    assert_eq!(contents(&mut world), [0]);
    world.pass(15);
    instances(&mut world, 1..4);
    assert_eq!(contents(&mut world), [0_u32; 0]);
    world.pass(60);
    world
}

#[test]
fn outside_its_schedule_a_subscription_keeps_what_it_was_told_to_keep() {
    assert_eq!(contents(&mut scheduled(r#""pn":2"#)), [1, 2, 3]);
    assert_eq!(contents(&mut scheduled(r#""pn":1"#)), [3]);
    assert_eq!(contents(&mut scheduled(r#""nse":true"#)), [0_u32; 0]);
    let mut world = house();
    subscribe(&mut world, &with(r#""nec":2"#));
    world.create("Cae1", "cse-in/Cae1/c/s", 18, r#"{"m2m:sch":{"se":{"sce":["0-9 * * * * * 2030"]}}}"#);
    instances(&mut world, 0..1);
    assert_eq!(contents(&mut world), [0], "what is immediate does not wait");
}

#[test]
fn without_its_schedule_a_subscription_is_free_again() {
    let mut world = house();
    subscribe(&mut world, &with(r#""pn":2"#));
    world.create("Cae1", "cse-in/Cae1/c/s", 18, r#"{"m2m:sch":{"se":{"sce":["0 0 0 1 1 * 2030"]}}}"#);
    instances(&mut world, 0..2);
    assert_eq!(contents(&mut world), [0_u32; 0]);
    world.delete("Cae1", "cse-in/Cae1/c/s/notificationSchedule");
    assert_eq!(contents(&mut world), [0, 1]);
    world.check();
}

#[test]
fn a_policy_that_is_taken_back_takes_along_what_it_kept() {
    let mut world = house();
    subscribe(&mut world, &with(r#""pn":2"#));
    world.create("Cae1", "cse-in/Cae1/c/s", 18, r#"{"m2m:sch":{"se":{"sce":["0 0 0 1 1 * 2030"]}}}"#);
    instances(&mut world, 0..3);
    world.update("Cae1", "cse-in/Cae1/c/s", r#"{"m2m:sub":{"pn":1}}"#);
    world.delete("Cae1", "cse-in/Cae1/c/s/notificationSchedule");
    assert_eq!(contents(&mut world), [2]);
}

#[test]
fn a_subscription_ends_with_its_last_notification() {
    let mut world = house();
    subscribe(&mut world, &with(r#""exc":3,"su":"http://su/x""#));
    instances(&mut world, 0..2);
    assert_eq!(world.attribute("cse-in/Cae1/c/s", "exc"), Value::Int(1));
    world.outside.at(LISTENER, Mood::Gone);
    instances(&mut world, 2..6);
    world.outside.at(LISTENER, Mood::Answers(Status::OK));
    world.pass(600);
    assert_eq!(contents(&mut world), [0, 1, 2]);
    assert_eq!(world.retrieve("Cae1", "cse-in/Cae1/c/s").status, Status::NOT_FOUND);
    assert_eq!(world.outside.said_to("http://su/x").len(), 1);
    world.pass(1);
    assert_eq!(lanes(&world), 0);
    world.check();
}

#[test]
fn the_end_of_the_resource_is_told_even_if_the_target_was_away() {
    let mut world = house();
    subscribe(&mut world, r#""nu":["http://listener/notify"],"enc":{"net":[2]}"#);
    world.outside.at(LISTENER, Mood::Gone);
    world.delete("Cae1", "cse-in/Cae1");
    world.pass(30);
    world.restart();
    world.outside.at(LISTENER, Mood::Answers(Status::OK));
    world.pass(600);
    assert_eq!(world.outside.said_to(LISTENER).len(), 1);
    assert_eq!(lanes(&world), 0);
    world.check();
}

#[test]
fn a_deleted_subscription_forgets_what_it_kept() {
    let mut world = house();
    subscribe(&mut world, NEW_INSTANCES);
    world.outside.at(LISTENER, Mood::Gone);
    instances(&mut world, 0..5);
    world.delete("Cae1", "cse-in/Cae1/c/s");
    world.outside.at(LISTENER, Mood::Answers(Status::OK));
    world.pass(600);
    assert_eq!(contents(&mut world), [0_u32; 0]);
    assert_eq!(lanes(&world), 0);
}

#[test]
fn points_of_access_are_tried_one_after_the_other() {
    let mut world = house();
    let reachable = r#"{"m2m:ae":{"rr":true,"poa":["http://first","http://listener/notify"]}}"#;
    assert_eq!(world.update("Cae1", "cse-in/Cae1", reachable).status, Status::UPDATED);
    subscribe(&mut world, r#""nu":["Cae1"],"enc":{"net":[3]}"#);
    world.outside.at("http://first", Mood::Gone);
    instances(&mut world, 0..2);
    assert_eq!(contents(&mut world), [0, 1]);
    assert_eq!(world.outside.calls, 3, "the one that answered is tried first");
}

#[test]
fn who_sleeps_is_told_on_return() {
    let mut world = house();
    subscribe(&mut world, r#""nu":["/id-in/Cae1"],"enc":{"net":[3]}"#);
    instances(&mut world, 0..3);
    world.pass(3600);
    assert_eq!(world.outside.calls, 0);
    world.update("Cae1", "cse-in/Cae1", r#"{"m2m:ae":{"rr":true,"poa":["http://listener/notify"]}}"#);
    assert_eq!(contents(&mut world), [0, 1, 2]);
}

#[test]
fn a_thousand_dead_targets_cost_few_calls() {
    let mut world = World::with(|config| config.limits.subscription_targets = 1000);
    world.furnish("Cae1", r#"{"m2m:cnt":{"rn":"c","mni":3}}"#);
    let targets: Vec<String> = (0..1000).map(|n| format!("\"http://dead{n}/x\"")).collect();
    subscribe(&mut world, &format!(r#""nu":[{}],"enc":{{"net":[3]}}"#, targets.join(",")));
    for n in 0..1000 {
        world.outside.at(&format!("http://dead{n}/x"), Mood::Gone);
    }
    world.outside.calls = 0;
    instances(&mut world, 0..1);
    world.pass(1200);
    // About eight doublings to the longest rest, and one each five minutes from there.
    assert!(world.outside.calls < 16_000, "{} calls", world.outside.calls);
}

fn agreeing(mood: Mood) -> World {
    let mut world = house();
    world.update("Cae1", "cse-in/Cae1", r#"{"m2m:ae":{"rr":true,"poa":["http://listener/notify"]}}"#);
    subscribe(&mut world, r#""nu":["Cae1"],"enc":{"net":[7],"atr":["lbl"]}"#);
    world.outside.at(LISTENER, mood);
    world
}

fn label(text: &str) -> String {
    format!(r#"{{"m2m:cnt":{{"lbl":["{text}"]}}}}"#)
}

#[test]
fn an_update_waits_for_the_verdict() {
    let mut world = agreeing(Mood::Answers(Status::OK));
    assert_eq!(world.update("Cae1", "cse-in/Cae1/c", &label("x")).status, Status::UPDATED);
    let asked = sgn(&world.outside.said_to(LISTENER)[0]);
    let rep = asked.get("nev").and_then(|nev| nev.as_map()?.get("rep")).unwrap();
    assert_eq!(*rep, super::json(&label("x")));
    world.outside.at(LISTENER, Mood::Answers(Status::BAD_REQUEST));
    let refused = world.update("Cae1", "cse-in/Cae1/c", &label("y"));
    assert_eq!(refused.status, Status::OPERATION_DENIED_BY_REMOTE_ENTITY);
    world.outside.at(LISTENER, Mood::Gone);
    let refused = world.update("Cae1", "cse-in/Cae1/c", &label("y"));
    assert_eq!(refused.status, Status::REMOTE_ENTITY_NOT_REACHABLE);
    assert_eq!(world.attribute("cse-in/Cae1/c", "lbl"), super::json(r#"["x"]"#));
    // What the subscription is not about is nobody's business.
    assert_eq!(world.update("Cae1", "cse-in/Cae1/c", r#"{"m2m:cnt":{"mni":9}}"#).status, Status::UPDATED);
}

#[test]
fn others_stand_in_line_while_a_verdict_is_awaited_and_nobody_else_does() {
    let mut world = agreeing(Mood::Stalls);
    let send = |world: &mut World, content: &str| {
        let mut request = Request::update("cse-in/Cae1/c", "m2m:cnt", Map::new()).from("Cae1");
        request.content = Some(super::json(content));
        world.try_send(&mut request)
    };
    assert_eq!(send(&mut world, &label("first")), None);
    assert_eq!(send(&mut world, r#"{"m2m:cnt":{"mni":2}}"#), None);
    assert_eq!(world.try_send(&mut Request::delete("cse-in/Cae1/c").from("Cae1")), None);
    // Reading, and what lies below, goes on.
    assert_eq!(world.instance("Cae1", "cse-in/Cae1/c", "1").status, Status::CREATED);
    let call = world.outside.kept.pop().unwrap();
    let yes = crate::engine::Answer::complete(vec![crate::primitive::Response::new(Status::OK, &call.requests[0])]);
    world.answer(call.id, yes);
    let statuses: Vec<Status> = world.deferred().iter().map(|response| response.status).collect();
    assert_eq!(statuses, [Status::UPDATED, Status::UPDATED, Status::DELETED]);
    world.check();
}

#[test]
fn one_blocking_subscription_is_enough() {
    let mut world = agreeing(Mood::Answers(Status::OK));
    let another = world.create("Cae1", "cse-in/Cae1/c", 23, r#"{"m2m:sub":{"nu":["Cae1"],"enc":{"net":[7]}}}"#);
    assert_eq!(another.status, Status::BLOCKING_SUBSCRIPTION_ALREADY_EXISTS);
}

/// `Cae1` with two containers in a group, subscribed to through it.
fn gathering(group: &str) -> World {
    let mut world = house();
    world.create("Cae1", "cse-in/Cae1", 3, r#"{"m2m:cnt":{"rn":"d"}}"#);
    let members = r#""mnm":5,"mid":["cse-in/Cae1/c","cse-in/Cae1/d"]"#;
    let group = format!(r#"{{"m2m:grp":{{"rn":"g",{members}{group}}}}}"#);
    assert_eq!(world.create("Cae1", "cse-in/Cae1", 9, &group).status, Status::CREATED);
    let nfu =
        r#"{"m2m:sub":{"rn":"s","nu":["http://listener/notify"],"nfu":"http://listener/notify","enc":{"net":[3]}}}"#;
    let answer = world.create("Cae1", "cse-in/Cae1/g/fopt", 23, nfu);
    assert_eq!(answer.status, Status::OK, "{:?}", answer.value());
    world.outside.heard.clear();
    world
}

#[test]
fn a_group_gathers_what_its_members_tell() {
    let mut world = gathering("");
    instances(&mut world, 0..1);
    assert_eq!(sizes(&mut world), [0_usize; 0]);
    world.instance("Cae1", "cse-in/Cae1/d", "1");
    let (_, request) = world.outside.heard[0].clone();
    let gathered = unpacked(&request.content.unwrap());
    assert_eq!(gathered.iter().map(content).collect::<Vec<_>>(), [0, 1]);
    assert!(gathered.iter().all(|sgn| sgn.get("nfu") == Some(&Value::from(LISTENER))));
    // One alone does not wait for ever.
    world.outside.heard.clear();
    instances(&mut world, 2..3);
    world.pass(61);
    assert_eq!(sizes(&mut world), [1]);
    world.check();
}

#[test]
fn how_many_and_how_long_a_group_gathers_is_its_own_matter() {
    let mut world = gathering(r#","nar":{"num":3,"dur":"PT5S"}"#);
    instances(&mut world, 0..4);
    assert_eq!(sizes(&mut world), [3]);
    world.pass(6);
    assert_eq!(sizes(&mut world), [1]);
    instances(&mut world, 4..5);
    // What was gathered when the group goes is told.
    world.delete("Cae1", "cse-in/Cae1/g");
    assert_eq!(sizes(&mut world), [1]);
    world.pass(1);
    world.check();
}

/// Whoever subscribes, is gone and comes back, again and again, must not fill the store with last words.
#[test]
fn last_words_for_somebody_who_is_gone_are_given_up() {
    let mut world = World::new();
    for _ in 0..3 {
        world.furnish("Cae1", r#"{"m2m:cnt":{"rn":"c"}}"#);
        let own = r#"{"m2m:sub":{"nu":["Cae1"],"enc":{"net":[2]}}}"#;
        assert_eq!(world.create("Cae1", "cse-in/Cae1", 23, own).status, Status::CREATED);
        assert_eq!(world.delete("Cae1", "cse-in/Cae1").status, Status::DELETED);
    }
    world.pass(600);
    assert_eq!(lanes(&world), 0, "nobody is there to be told");
    world.check();
}

#[test]
fn last_words_to_a_machine_that_never_answers_are_given_up_within_hours() {
    let mut world = house();
    assert_eq!(subscribe(&mut world, r#""nu":["http://listener/notify"],"enc":{"net":[2]}"#).status, Status::CREATED);
    world.outside.at(LISTENER, Mood::Gone);
    assert_eq!(world.delete("Cae1", "cse-in/Cae1/c").status, Status::DELETED);
    world.pass(600);
    assert_eq!(lanes(&world), 1, "it may come back");
    world.pass(4 * 3600);
    assert_eq!(lanes(&world), 0);
    world.check();
}

/// Found by a day of the model: what a subscription with a counter was told last, of a parent that went, was told for ever.
#[test]
fn the_last_words_of_a_counted_subscription_are_said_once() {
    for counter in [1, 2, 9] {
        let mut world = house();
        let counted = format!(r#""nu":["http://listener/notify"],"enc":{{"net":[2]}},"exc":{counter}"#);
        assert_eq!(subscribe(&mut world, &counted).status, Status::CREATED);
        assert_eq!(world.delete("Cae1", "cse-in/Cae1").status, Status::DELETED);
        world.pass(600);
        assert_eq!(lanes(&world), 0);
        world.check();
    }
}
