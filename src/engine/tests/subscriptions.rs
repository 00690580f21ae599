//! Who is told of what (TS-0001 9.6.8, TS-0004 7.4.8 and 7.5.1.2.2).

use super::World;
use super::outside::Mood;
use crate::primitive::{Operation, Request, Response, Status};
use crate::value::{Map, Value};

pub const LISTENER: &str = "http://listener/notify";

/// `Cae1` with a container `c`.
pub fn house() -> World {
    let mut world = World::new();
    world.furnish("Cae1", r#"{"m2m:cnt":{"rn":"c","mni":3}}"#);
    world
}

/// Subscribes to `Cae1/c` and forgets the question whether the listener agrees.
pub fn subscribe(world: &mut World, attributes: &str) -> Response {
    let response = try_subscribe(world, "cse-in/Cae1/c", attributes);
    assert_eq!(response.status, Status::CREATED, "{:?}", response.value());
    world.outside.heard.clear();
    response
}

pub fn try_subscribe(world: &mut World, to: &str, attributes: &str) -> Response {
    world.create("Cae1", to, 23, &format!(r#"{{"m2m:sub":{{"rn":"s",{attributes}}}}}"#))
}

/// What a listener was told: the inside of `m2m:sgn`.
pub fn told(world: &mut World) -> Vec<Map> {
    world.outside.said_to(LISTENER).iter().map(sgn).collect()
}

pub fn sgn(content: &Value) -> Map {
    content.as_map().unwrap().get("m2m:sgn").and_then(Value::as_map).cloned().unwrap()
}

fn event(notification: &Map) -> &Map {
    notification.get("nev").and_then(Value::as_map).unwrap()
}

/// The event type and the representation's root.
fn kinds(notifications: &[Map]) -> Vec<(i64, String)> {
    let kind = |notification: &Map| {
        let event = event(notification);
        let (root, _) = event.get("rep").and_then(Value::as_map).and_then(Map::single).unwrap();
        (event.get("net").and_then(Value::as_int).unwrap_or(0), root.to_string())
    };
    notifications.iter().map(kind).collect()
}

const ALL_EVENTS: &str = r#""nu":["http://listener/notify"],"enc":{"net":[1,2,3,4]}"#;

#[test]
fn each_event_is_told_with_the_resource_that_it_is_about() {
    let mut world = house();
    subscribe(&mut world, ALL_EVENTS);
    world.instance("Cae1", "cse-in/Cae1/c", "21.5");
    world.update("Cae1", "cse-in/Cae1/c", r#"{"m2m:cnt":{"lbl":["x"]}}"#);
    world.create("Cae1", "cse-in/Cae1/c", 3, r#"{"m2m:cnt":{"rn":"d"}}"#);
    world.delete("Cae1", "cse-in/Cae1/c/d");
    world.delete("Cae1", "cse-in/Cae1/c");
    world.pass(60);
    let told = told(&mut world);
    let all: Vec<(i64, &str)> = vec![(3, "m2m:cin"), (1, "m2m:cnt"), (3, "m2m:cnt"), (4, "m2m:cnt"), (2, "m2m:cnt")];
    let kinds = kinds(&told);
    assert_eq!(kinds.iter().map(|(net, root)| (*net, root.as_str())).collect::<Vec<_>>(), all);
    let instance = event(&told[0]).get("rep").and_then(Value::as_map).and_then(|rep| rep.get("m2m:cin")).unwrap();
    assert_eq!(instance.as_map().unwrap().get("con"), Some(&Value::from("21.5")));
    assert!(told[0].get("sur").unwrap().as_text().unwrap().starts_with("/id-in/sub-"));
    world.check();
}

#[test]
fn whose_wish_it_is_is_told_to_others() {
    let mut world = house();
    let mut request = Request::create("cse-in/Cae1/c", 23, "m2m:sub", Map::new()).from("Cae1");
    request.content = Some(super::json(r#"{"m2m:sub":{"rn":"s","nu":["http://listener/notify"]}}"#));
    assert_eq!(world.send(request).attributes().unwrap().get("cr"), Some(&Value::from("Cae1")));
    world.update("Cae1", "cse-in/Cae1/c", r#"{"m2m:cnt":{"lbl":["x"]}}"#);
    for notification in told(&mut world) {
        assert_eq!(notification.get("cr"), Some(&Value::from("Cae1")));
    }
    // From Release 4 on it is told when it is asked for.
    subscribe_as(&mut world, "t", r#""nu":["http://listener/notify"]"#);
    assert_eq!(world.attribute("cse-in/Cae1/c/t", "cr"), Value::Null);
    subscribe_as(&mut world, "u", r#""nu":["http://listener/notify"],"cr":null"#);
    assert_eq!(world.attribute("cse-in/Cae1/c/u", "cr"), Value::from("Cae1"));
}

fn subscribe_as(world: &mut World, name: &str, attributes: &str) {
    let content = format!(r#"{{"m2m:sub":{{"rn":"{name}",{attributes}}}}}"#);
    assert_eq!(world.create("Cae1", "cse-in/Cae1/c", 23, &content).status, Status::CREATED);
}

#[test]
fn without_criteria_updates_are_told() {
    let mut world = house();
    subscribe(&mut world, r#""nu":["http://listener/notify"]"#);
    world.instance("Cae1", "cse-in/Cae1/c", "1");
    world.update("Cae1", "cse-in/Cae1/c", r#"{"m2m:cnt":{"lbl":["x"]}}"#);
    assert_eq!(kinds(&told(&mut world)), [(1, "m2m:cnt".to_owned())]);
}

#[test]
fn an_instance_that_makes_room_goes_without_a_word() {
    let mut world = house();
    subscribe(&mut world, r#""nu":["http://listener/notify"],"enc":{"net":[4]}"#);
    for n in 0..5 {
        world.instance("Cae1", "cse-in/Cae1/c", &n.to_string());
    }
    assert_eq!(told(&mut world), []);
    world.delete("Cae1", "cse-in/Cae1/c/la");
    assert_eq!(kinds(&told(&mut world)), [(4, "m2m:cin".to_owned())]);
}

#[test]
fn only_the_named_attributes_and_child_types_count() {
    let mut world = house();
    subscribe(&mut world, r#""nu":["http://listener/notify"],"enc":{"net":[1,3],"atr":["mni"],"chty":[3]}"#);
    world.update("Cae1", "cse-in/Cae1/c", r#"{"m2m:cnt":{"lbl":["x"]}}"#);
    world.instance("Cae1", "cse-in/Cae1/c", "1");
    assert_eq!(told(&mut world), []);
    world.update("Cae1", "cse-in/Cae1/c", r#"{"m2m:cnt":{"mni":2}}"#);
    world.create("Cae1", "cse-in/Cae1/c", 3, r#"{"m2m:cnt":{}}"#);
    assert_eq!(kinds(&told(&mut world)), [(1, "m2m:cnt".to_owned()), (3, "m2m:cnt".to_owned())]);
}

#[test]
fn what_a_notification_holds_is_chosen() {
    let mut world = house();
    subscribe(&mut world, r#""nu":["http://listener/notify"],"nct":2"#);
    world.update("Cae1", "cse-in/Cae1/c", r#"{"m2m:cnt":{"lbl":["x"]}}"#);
    let modified = told(&mut world);
    let inner = event(&modified[0]).get("rep").and_then(Value::as_map).and_then(|rep| rep.get("m2m:cnt")).unwrap();
    let mut names: Vec<&str> = inner.as_map().unwrap().iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["lbl", "lt", "st"]);
    world.update("Cae1", "cse-in/Cae1/c/s", r#"{"m2m:sub":{"nct":3}}"#);
    world.update("Cae1", "cse-in/Cae1/c", r#"{"m2m:cnt":{"lbl":null}}"#);
    let reference = told(&mut world);
    let uri = event(&reference[0]).get("rep").and_then(Value::as_map).and_then(|rep| rep.get("m2m:uri")).unwrap();
    assert!(uri.as_text().unwrap().starts_with("/id-in/cnt-"));
}

#[test]
fn conditions_are_joined_as_the_filter_operation_says() {
    let mut world = house();
    subscribe(&mut world, r#""nu":["http://listener/notify"],"enc":{"net":[3],"sza":3,"szb":6}"#);
    for content in ["12", "1234", "1234567"] {
        world.instance("Cae1", "cse-in/Cae1/c", content);
    }
    assert_eq!(told(&mut world).len(), 1);
    world.update("Cae1", "cse-in/Cae1/c/s", r#"{"m2m:sub":{"enc":{"net":[3],"sza":6,"szb":3,"fo":2}}}"#);
    for content in ["12", "1234", "1234567"] {
        world.instance("Cae1", "cse-in/Cae1/c", content);
    }
    assert_eq!(told(&mut world).len(), 2);
}

#[test]
fn a_monitor_sees_who_tries_successfully_or_not() {
    let mut world = house();
    world.register("Cother");
    subscribe(&mut world, r#""nu":["http://listener/notify"],"enc":{"om":[{"ops":2},{"ops":9,"or":"Cother"}]}"#);
    world.retrieve("Cae1", "cse-in/Cae1/c");
    assert_eq!(world.retrieve("Cother", "cse-in/Cae1/c").status, Status::ORIGINATOR_HAS_NO_PRIVILEGE);
    assert_eq!(world.delete("Cother", "cse-in/Cae1/c").status, Status::ORIGINATOR_HAS_NO_PRIVILEGE);
    world.update("Cae1", "cse-in/Cae1/c", r#"{"m2m:cnt":{"lbl":["x"]}}"#);
    let told = told(&mut world);
    let seen: Vec<&Value> = told.iter().map(|notification| event(notification).get("om").unwrap()).collect();
    let expected = [(2, "Cae1"), (2, "Cother"), (4, "Cother")];
    for (om, (ops, or)) in seen.iter().zip(expected) {
        assert_eq!(om.as_map().unwrap().get("op"), Some(&Value::Int(ops)));
        assert_eq!(om.as_map().unwrap().get("or"), Some(&Value::from(or)));
    }
    assert_eq!(seen.len(), 3);
}

#[test]
fn a_container_asked_for_children_that_it_does_not_have_says_so() {
    let mut world = house();
    subscribe(&mut world, r#""nu":["http://listener/notify"],"enc":{"net":[5]}"#);
    world.retrieve("Cae1", "cse-in/Cae1/c");
    assert_eq!(told(&mut world).len(), 0);
    world.retrieve_as("Cae1", "cse-in/Cae1/c", 4, &[]);
    assert_eq!(kinds(&told(&mut world)), [(5, "m2m:cnt".to_owned())]);
    world.instance("Cae1", "cse-in/Cae1/c", "1");
    world.retrieve_as("Cae1", "cse-in/Cae1/c", 8, &[]);
    assert_eq!(told(&mut world).len(), 0);
}

#[test]
fn a_target_is_asked_before_it_is_told_anything() {
    let mut world = house();
    world.outside.at(LISTENER, Mood::Gone);
    let refused = try_subscribe(&mut world, "cse-in/Cae1/c", ALL_EVENTS);
    assert_eq!(refused.status, Status::SUBSCRIPTION_VERIFICATION_INITIATION_FAILED);
    world.outside.at(LISTENER, Mood::Answers(Status::SUBSCRIPTION_CREATOR_HAS_NO_PRIVILEGE));
    let refused = try_subscribe(&mut world, "cse-in/Cae1/c", ALL_EVENTS);
    assert_eq!(refused.status, Status::SUBSCRIPTION_CREATOR_HAS_NO_PRIVILEGE);
    world.outside.heard.clear();
    world.outside.at(LISTENER, Mood::Answers(Status::OK));
    let created = try_subscribe(&mut world, "cse-in/Cae1/c", ALL_EVENTS);
    assert_eq!(created.status, Status::CREATED);
    let asked = told(&mut world);
    assert_eq!(asked[0].get("vrq"), Some(&Value::Bool(true)));
    let id = created.attributes().unwrap().get("ri").unwrap().as_text().unwrap().to_owned();
    assert_eq!(asked[0].get("sur"), Some(&Value::from(format!("/id-in/{id}"))), "known before it exists");
    assert_eq!(world.retrieve("Cae1", &id).status, Status::OK);
    world.check();
}

#[test]
fn nobody_asks_itself() {
    let mut world = house();
    let created = try_subscribe(&mut world, "cse-in/Cae1/c", r#""nu":["Cae1"]"#);
    assert_eq!(created.status, Status::CREATED);
    assert!(!created.attributes().unwrap().contains("cr"));
    assert_eq!(world.outside.calls, 0);
}

#[test]
fn a_target_that_never_answers_ends_the_request_in_time() {
    let mut world = house();
    world.outside.at(LISTENER, Mood::Stalls);
    let mut request = Request::create("cse-in/Cae1/c", 23, "m2m:sub", Map::new()).from("Cae1");
    request.content = Some(super::json(r#"{"m2m:sub":{"rn":"s","nu":["http://listener/notify"]}}"#));
    assert_eq!(world.try_send(&mut request), None);
    world.pass(11);
    let [refused] = world.deferred().try_into().unwrap();
    assert_eq!(refused.status, Status::SUBSCRIPTION_VERIFICATION_INITIATION_FAILED);
    assert_eq!(world.retrieve("Cae1", "cse-in/Cae1/c/s").status, Status::NOT_FOUND);
}

#[test]
fn only_new_targets_of_an_update_are_asked() {
    let mut world = house();
    subscribe(&mut world, ALL_EVENTS);
    let two = r#"{"m2m:sub":{"nu":["http://listener/notify","http://other/notify"]}}"#;
    world.outside.at("http://other/notify", Mood::Gone);
    let refused = world.update("Cae1", "cse-in/Cae1/c/s", two);
    assert_eq!(refused.status, Status::SUBSCRIPTION_VERIFICATION_INITIATION_FAILED);
    world.outside.at("http://other/notify", Mood::Answers(Status::OK));
    assert_eq!(world.update("Cae1", "cse-in/Cae1/c/s", two).status, Status::UPDATED);
    assert_eq!(told(&mut world).len(), 0);
    world.outside.heard.clear();
    world.instance("Cae1", "cse-in/Cae1/c", "1");
    assert_eq!(told(&mut world).len(), 1);
    assert_eq!(world.outside.said_to("http://other/notify").len(), 1);
    world.update("Cae1", "cse-in/Cae1/c/s", r#"{"m2m:sub":{"nu":["http://other/notify"]}}"#);
    world.instance("Cae1", "cse-in/Cae1/c", "2");
    assert_eq!(told(&mut world).len(), 0);
    world.check();
}

#[test]
fn the_end_of_a_subscription_is_told_to_whom_it_concerns() {
    let mut world = house();
    let su = r#""nu":["http://listener/notify"],"su":"http://su/notify""#;
    subscribe(&mut world, su);
    world.delete("Cae1", "cse-in/Cae1/c/s");
    let notice = sgn(&world.outside.said_to("http://su/notify")[0]);
    assert_eq!(notice.get("sud"), Some(&Value::Bool(true)));
    subscribe(&mut world, su);
    // It goes with its parent, or with its parent's parent, however late the rows are cleared away.
    world.delete("Cae1", "cse-in/Cae1");
    world.pass(1);
    assert_eq!(world.outside.said_to("http://su/notify").len(), 1);
    world.check();
}

#[test]
fn what_the_originator_may_not_read_it_cannot_subscribe_to() {
    let mut world = house();
    world.register("Cother");
    let all = r#"{"m2m:acp":{"rn":"p","pv":{"acr":[{"acor":["Cother"],"acop":1}]},"pvs":{"acr":[{"acor":["Cae1"],"acop":63}]}}}"#;
    world.create("Cae1", "cse-in/Cae1", 1, all);
    world.update("Cae1", "cse-in/Cae1/c", r#"{"m2m:cnt":{"acpi":["cse-in/Cae1/p"]}}"#);
    let refused = world.create("Cother", "cse-in/Cae1/c", 23, r#"{"m2m:sub":{"nu":["Cother"]}}"#);
    assert_eq!(refused.status, Status::ORIGINATOR_HAS_NO_PRIVILEGE);
}

#[test]
fn mistakes_get_a_sentence_that_names_them() {
    let mut world = house();
    let listener = r#""nu":["http://listener/notify"]"#;
    for (attributes, status, name) in [
        (r#""enc":{"net":[1]}"#, Status::BAD_REQUEST, "notificationURI"),
        (r#""nu":[]"#, Status::BAD_REQUEST, "notificationURI"),
        (&format!(r#"{listener},"enc":{{"net":[1],"om":[{{"ops":2}}]}}"#), Status::BAD_REQUEST, "operationMonitor"),
        (&format!(r#"{listener},"enc":{{"net":[6]}}"#), Status::BAD_REQUEST, "net"),
        (&format!(r#"{listener},"enc":{{"net":[8]}}"#), Status::BAD_REQUEST, "net"),
        (&format!(r#"{listener},"enc":{{"net":[99]}}"#), Status::BAD_REQUEST, "net"),
        (&format!(r#"{listener},"enc":{{"net":[3],"chty":[2]}}"#), Status::BAD_REQUEST, "chty"),
        (&format!(r#"{listener},"nct":2,"enc":{{"net":[3]}}"#), Status::BAD_REQUEST, "nct"),
        (&format!(r#"{listener},"nct":4"#), Status::NOT_IMPLEMENTED, "nct"),
        (r#""nu":["http://listener/notify?ct=yaml"]"#, Status::NOT_IMPLEMENTED, "nu"),
        (r#""nu":["nobody"]"#, Status::SUBSCRIPTION_VERIFICATION_INITIATION_FAILED, "nu"),
        (r#""nu":["cse-in/Cae1/c"]"#, Status::SUBSCRIPTION_VERIFICATION_INITIATION_FAILED, "nu"),
        (r#""nu":["Cae1"],"enc":{"net":[7,1]}"#, Status::BAD_REQUEST, "net"),
        (&format!(r#"{listener},"enc":{{"net":[7]}}"#), Status::BAD_REQUEST, "nu"),
        (r#""nu":["Cae1"],"enc":{"net":[7]},"exc":1"#, Status::BAD_REQUEST, "blocking"),
    ] {
        let refused = try_subscribe(&mut world, "cse-in/Cae1/c", attributes);
        assert_eq!(refused.status, status, "{attributes}: {:?}", refused.value());
        assert!(format!("{:?}", refused.value()).contains(name), "{attributes}: {:?}", refused.value());
    }
    let crowd: Vec<String> = (0..129).map(|n| format!("\"http://host{n}\"")).collect();
    let refused = try_subscribe(&mut world, "cse-in/Cae1/c", &format!(r#""nu":[{}]"#, crowd.join(",")));
    assert_eq!(refused.status, Status::CONTENTS_UNACCEPTABLE, "{:?}", refused.value());
    world.outside.calls = 0;
    let taken = world.create("Cae1", "cse-in/Cae1/c", 3, r#"{"m2m:cnt":{"rn":"s"}}"#);
    assert_eq!(taken.status, Status::CREATED);
    assert_eq!(try_subscribe(&mut world, "cse-in/Cae1/c", listener).status, Status::CONFLICT);
    assert_eq!(world.outside.calls, 0, "nobody is asked in vain");
    world.delete("Cae1", "cse-in/Cae1/c/s");
    let instance = world.instance("Cae1", "cse-in/Cae1/c", "1").attributes().unwrap();
    let ri = instance.get("ri").unwrap().as_text().unwrap().to_owned();
    let refused = try_subscribe(&mut world, &ri, listener);
    assert_eq!(refused.status, Status::TARGET_NOT_SUBSCRIBABLE);
    world.check();
}

#[test]
fn earlier_instances_are_told_to_whoever_asks_for_them() {
    let mut world = house();
    for n in 0..3 {
        world.instance("Cae1", "cse-in/Cae1/c", &n.to_string());
    }
    let response =
        try_subscribe(&mut world, "cse-in/Cae1/c", r#""nu":["http://listener/notify"],"enc":{"net":[3]},"psn":2"#);
    assert_eq!(response.status, Status::CREATED);
    let told = told(&mut world);
    // The first is the question whether the listener agrees.
    let contents: Vec<String> = told[1..].iter().map(|sgn| format!("{:?}", event(sgn).get("rep"))).collect();
    assert_eq!(contents.len(), 2);
    assert!(contents[0].contains(r#"Text("1")"#) && contents[1].contains(r#"Text("2")"#), "{contents:?}");
}

#[test]
fn a_request_that_fails_tells_nothing() {
    let mut world = house();
    subscribe(&mut world, ALL_EVENTS);
    let refused = world.send(Request::new(Operation::Update, "cse-in/Cae1/c").from("Cae1"));
    assert_eq!(refused.status, Status::BAD_REQUEST);
    world.create("Cae1", "cse-in/Cae1/c", 3, r#"{"m2m:cnt":{"rn":"s"}}"#);
    assert_eq!(told(&mut world), []);
}
