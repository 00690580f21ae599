//! Subscription, schedule, group, request and polling channel: what goes in, and what is said to what does not.

use crate::codec::json;
use crate::schema::{Optionality, Registry, check};
use crate::value::{Map, Value};

/// What becomes of JSON text in a CREATE or UPDATE of a type.
fn outcome(operation: &str, short: &str, content: &str) -> Result<Map, String> {
    let registry = Registry::standard().unwrap();
    let Value::Map(content) = json::decode(content.as_bytes(), 32).unwrap() else { panic!("not an object") };
    let of = registry.by_short(short).unwrap();
    let check = if operation == "create" { check::create } else { check::update };
    check(of, &registry, content).map_err(|rejection| rejection.reason.into_owned())
}

fn passes(short: &str, content: &str) {
    outcome("create", short, content).unwrap();
}

fn refused(short: &str, content: &str, by: &str) {
    let said = outcome("create", short, content).unwrap_err();
    assert!(said.contains(by), "{content}: {said}");
}

fn subscription(more: &str) -> String {
    format!(r#"{{"nu":["Cae1"]{more}}}"#)
}

fn criteria(enc: &str) -> String {
    subscription(&format!(r#","enc":{{{enc}}}"#))
}

#[test]
fn a_subscription_may_have_each_of_its_attributes() {
    for more in [
        "",
        r#","rn":"sub1","et":"20301120T160743","lbl":["a"],"acpi":["cse-in/acp"],"daci":["x"],"cr":null,"cstn":"Cx""#,
        r#","exc":3"#,
        r#","gpi":"cse-in/g/fopt""#,
        r#","nfu":"http://127.0.0.1:1/n""#,
        r#","bn":{"num":2,"dur":"PT10S"}"#,
        r#","bn":{"num":0}"#,
        r#","rl":{"mnn":5,"tww":"PT1M"}"#,
        r#","psn":1,"pn":2,"nsp":1,"ln":true,"nct":1,"nec":100"#,
        r#","su":"Cae1","acrs":["/id-in/crs1"],"nse":true"#,
    ] {
        passes("sub", &subscription(more));
    }
}

#[test]
fn a_subscription_tells_a_resource_or_an_address() {
    for nu in [r#""Cae1""#, r#""/id-in/Cae1","//sp/id-in/Cae1""#, r#""http://h:1/n?ct=json","mqtt://h/t""#] {
        passes("sub", &format!(r#"{{"nu":[{nu}]}}"#));
    }
    refused("sub", r#"{"nu":[]}"#, "notificationURI (nu): expected at least 1 item(s)");
    refused("sub", r#"{"nu":"Cae1"}"#, "notificationURI (nu): expected a list");
    refused("sub", r#"{"nu":["a b"]}"#, "notificationURI (nu)[0]: expected a URI");
    refused("sub", "{}", "notificationURI (nu): mandatory in a CREATE of subscription, but missing");
}

#[test]
fn events_are_chosen_by_criteria() {
    for enc in [
        r#""net":[1,2,3,4,5,6,7,8]"#,
        r#""net":[3,4],"chty":[4,23]"#,
        r#""net":[1],"atr":["lbl","mni"]"#,
        r#""net":[8],"md":{"num":3,"dur":"PT60S"}"#,
        r#""om":[{"ops":2},{"ops":5,"or":"Cae1"},{"or":"Cae2"}]"#,
        r#""crb":"20261120T160743","cra":"20261120T160743","ms":"20261120T160743","us":"20261120T160743","fo":2"#,
        r#""exb":"20261120T160743","exa":"20261120T160743","sts":1,"stb":0,"sza":0,"szb":1"#,
    ] {
        passes("sub", &criteria(enc));
    }
    for (enc, by) in [
        (r#""net":[0]"#, "(enc).net[0]: expected a number of m2m:notificationEventType"),
        (r#""net":[9]"#, "(enc).net[0]"),
        (r#""net":1"#, "(enc).net: expected a list"),
        (r#""net":[]"#, "(enc).net: expected at least 1 item(s)"),
        (r#""chty":[33]"#, "(enc).chty[0]"),
        (r#""om":[{"ops":64}]"#, "(enc).om[0].ops"),
        (r#""om":{"ops":2}"#, "(enc).om: expected a list"),
        (r#""md":{"num":3}"#, "(enc).md: duration (dur) is missing"),
        (r#""fo":4"#, "(enc).fo"),
        (r#""sts":0"#, "(enc).sts: expected a positive integer"),
        (r#""lbl":["a"]"#, "(enc).lbl: not a member of m2m:eventNotificationCriteria"),
    ] {
        refused("sub", &criteria(enc), by);
    }
}

#[test]
fn what_a_subscription_is_not_is_said_by_name() {
    for (more, by) in [
        (r#","exc":0"#, "expirationCounter (exc): expected a positive integer"),
        (r#","nct":6"#, "notificationContentType (nct)"),
        (r#","pn":0"#, "pendingNotification (pn)"),
        (r#","nec":99"#, "notificationEventCat (nec): expected a number of m2m:eventCat"),
        (r#","bn":{"num":-1}"#, "batchNotify (bn).num"),
        (r#","bn":{"dur":10}"#, "batchNotify (bn).dur: expected a duration"),
        (r#","rl":{"mnn":5}"#, "rateLimit (rl): timeWindow (tww) is missing"),
        (r#","ln":"true""#, "latestNotify (ln): expected true or false"),
        (r#","nsi":[]"#, "notificationStatsInfo (nsi): not permitted in a CREATE"),
        (r#","mni":1"#, "maxNrOfInstances (mni): not an attribute of subscription"),
    ] {
        refused("sub", &subscription(more), by);
    }
    for (change, by) in [
        (r#"{"nu":null}"#, "notificationURI (nu): every subscription has it"),
        (r#"{"nct":null}"#, "notificationContentType (nct): every subscription has it"),
        (r#"{"psn":1}"#, "preSubscriptionNotify (psn): not permitted in an UPDATE"),
        (r#"{"su":"Cae1"}"#, "subscriberURI (su): not permitted in an UPDATE"),
    ] {
        let said = outcome("update", "sub", change).unwrap_err();
        assert!(said.contains(by), "{change}: {said}");
    }
    outcome("update", "sub", r#"{"enc":null,"exc":null,"nu":["Cae2"],"bn":null,"pn":null}"#).unwrap();
}

#[test]
fn a_schedule_has_at_least_one_entry() {
    passes("sch", r#"{"rn":"notificationSchedule","se":{"sce":["* * 8-17 * * 1-5 *","0 0 0 1 * * *"]},"nco":false}"#);
    refused("sch", r#"{"se":{"sce":[]}}"#, "scheduleElement (se).sce: expected at least 1 item(s)");
    refused("sch", r#"{"se":{"sce":["* * * * *"]}}"#, "scheduleElement (se).sce[0]: expected seven fields");
    refused("sch", r#"{"se":["* * * * * * *"]}"#, "scheduleElement (se): expected an object");
    refused("sch", "{}", "scheduleElement (se): mandatory");
}

#[test]
fn a_group_may_be_of_one_type_of_many_or_of_none() {
    passes("grp", r#"{"mnm":10,"mid":[]}"#);
    passes(
        "grp",
        r#"{"mnm":2,"mid":["cse-in/a","/id-in/b/fopt"],"mt":3,"csy":3,"macp":["acp"],"gn":"lamps","nar":{"num":9}}"#,
    );
    passes("grp", r#"{"mnm":1,"mid":[],"mt":28,"spty":{"cnd":"org.onem2m.home.moduleclass.light"}}"#);
    for mt in [0, 1, 51, 66, 10003, 20001, 20003] {
        passes("grp", &format!(r#"{{"mnm":1,"mid":[],"mt":{mt}}}"#));
    }
    for mt in [-1, 33, 52, 20004] {
        refused("grp", &format!(r#"{{"mnm":1,"mid":[],"mt":{mt}}}"#), "memberType (mt): expected the number of a");
    }
    refused("grp", r#"{"mid":[]}"#, "maxNrOfMembers (mnm): mandatory");
    refused("grp", r#"{"mnm":1}"#, "memberIDs (mid): mandatory");
    refused("grp", r#"{"mnm":0,"mid":[]}"#, "maxNrOfMembers (mnm): expected a positive integer");
    refused("grp", r#"{"mnm":1,"mid":[],"cnm":0}"#, "currentNrOfMembers (cnm): not permitted in a CREATE");
    refused("grp", r#"{"mnm":1,"mid":[],"macp":[]}"#, "membersAccessControlPolicyIDs (macp): expected at least 1");
    assert!(
        outcome("update", "grp", r#"{"mt":3}"#).unwrap_err().contains("memberType (mt): not permitted in an UPDATE")
    );
    outcome("update", "grp", r#"{"mid":[],"mnm":5,"macp":null,"nar":null}"#).unwrap();
}

#[test]
fn a_group_may_be_of_a_vendors_type() {
    let mut registry = Registry::standard().unwrap();
    let group = |registry: &Registry| {
        let content = json::decode(br#"{"mnm":1,"mid":[],"mt":20123}"#, 32).unwrap();
        let content = content.as_map().unwrap().clone();
        check::create(registry.by_short("grp").unwrap(), registry, content).is_ok()
    };
    assert!(!group(&registry));
    registry.extend_toml("sun.toml", "name = 'sun'\nshort = 'sun'\ntype = 20123\n").unwrap();
    assert!(group(&registry));
}

#[test]
fn nobody_creates_a_request_and_an_update_says_who_may_see_it() {
    let registry = Registry::standard().unwrap();
    let request = registry.by_short("req").unwrap();
    assert!(request.attributes().all(|attribute| attribute.create == Optionality::NotPermitted));
    for (content, by) in [
        (r#"{"op":2}"#, "operation (op): not permitted in a CREATE of request"),
        (r#"{"rn":"r"}"#, "resourceName (rn): not permitted in a CREATE of request"),
        (r#"{"acpi":["acp"]}"#, "accessControlPolicyIDs (acpi): not permitted in a CREATE of request"),
        (r#"{"ors":{"rsc":2000,"rqi":"1"}}"#, "operationResult (ors): not permitted in a CREATE of request"),
    ] {
        refused("req", content, by);
    }
    let may_change = request.attributes().filter(|attribute| attribute.update != Optionality::NotPermitted);
    assert_eq!(may_change.map(|attribute| attribute.short.as_str()).collect::<Vec<_>>(), ["acpi", "daci"]);
    outcome("update", "req", r#"{"acpi":["acp"],"daci":null}"#).unwrap();
    assert!(outcome("update", "req", r#"{"rs":1}"#).unwrap_err().contains("requestStatus (rs): not permitted"));
}

#[test]
fn a_polling_channel_has_little_to_say() {
    passes("pch", "{}");
    passes("pch", r#"{"rn":"pch","et":"20301120T160743","lbl":["a"],"rqag":true}"#);
    refused("pch", r#"{"acpi":["acp"]}"#, "accessControlPolicyIDs (acpi): not an attribute of pollingChannel");
}

#[test]
fn virtual_children_and_parents_are_those_of_the_tables() {
    let registry = Registry::standard().unwrap();
    let of = |short: &str| registry.by_short(short).unwrap();
    assert_eq!(of("grp").virtual_child("fopt").unwrap().name, "fanOutPoint");
    assert_eq!(of("pch").virtual_child("pcu").unwrap().name, "pollingChannelURI");
    for (parent, children) in [
        ("cb", &[9, 17, 18, 23][..]),
        ("ae", &[9, 15, 23]),
        ("cnt", &[23]),
        ("acp", &[23]),
        ("sub", &[18]),
        ("sch", &[23]),
        ("grp", &[23]),
        ("req", &[23]),
    ] {
        assert!(children.iter().all(|child| of(parent).may_hold(*child)), "{parent}");
    }
    assert!(!of("pch").may_hold(23) && !of("sub").may_hold(23) && !of("cnt").may_hold(18) && !of("cb").may_hold(15));
    assert!(of("grp").announceable && of("sch").announceable);
    assert!(!of("sub").announceable && !of("req").announceable && !of("pch").announceable);
}

#[test]
fn notifications_of_release_3_and_release_4_are_both_notifications() {
    let registry = Registry::standard().unwrap();
    let notification = registry.complex("m2m:notification").unwrap();
    let fits = |text: &str| {
        let value = json::decode(text.as_bytes(), 32).unwrap();
        notification.check(&registry, &crate::schema::Path::Root("notification", "sgn"), &value).is_ok()
    };
    assert!(fits(r#"{"vrq":true,"sur":"/id-in/sub-1","cr":"Cae1"}"#));
    assert!(fits(r#"{"sud":true,"sur":"/id-in/sub-1"}"#));
    assert!(fits(r#"{"nev":{"net":3,"rep":{"m2m:cin":{"con":"1"}}},"sur":"/id-in/sub-1"}"#));
    assert!(fits(r#"{"nev":{"om":{"op":2,"or":"Cae1"},"rep":{}},"sur":"/id-in/sub-1"}"#));
    assert!(fits(r#"{"nev":{"om":[{"ops":2,"or":"Cae1"}],"net":1},"sur":"/id-in/sub-1"}"#));
    assert!(!fits(r#"{"vrq":true}"#) && !fits(r#"{"vrq":1,"sur":"x"}"#));
}
