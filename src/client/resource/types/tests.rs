use super::*;
use crate::client::{Draft, EventType, NotificationContent, Operations, Other};
use crate::codec::json;
use crate::schema::Registry;

fn text(draft: impl Draft) -> String {
    String::from_utf8(json::encode(&draft.into_attributes().into())).unwrap()
}

#[test]
fn drafts_are_what_goes_on_the_wire() {
    let ae = Ae::new("Napp").named("ae").labels(["a", "b"]).request_reachability(true);
    assert_eq!(text(ae), r#"{"api":"Napp","rn":"ae","lbl":["a","b"],"rr":true}"#);
    assert_eq!(text(Container::new().max_nr_of_instances(5).without("lbl")), r#"{"mni":5,"lbl":null}"#);
    let subscription = Subscription::new().events([EventType::Deleted]).criterion("om", Value::Null);
    assert_eq!(text(subscription), r#"{"enc":{"net":[2],"om":null}}"#);
    let policy = AccessControlPolicy::new(["Ca"]).allow(["all"], Operations::RETRIEVE | Operations::NOTIFY);
    let rules = r#"{"pv":{"acr":[{"acor":["all"],"acop":18}]},"pvs":{"acr":[{"acor":["Ca"],"acop":63}]}}"#;
    assert_eq!(text(policy), rules);
    let schedule = Schedule::new(["* * 8-17 * * 1-5 *"]);
    assert_eq!(text(schedule), r#"{"se":{"sce":["* * 8-17 * * 1-5 *"]}}"#);
}

#[test]
fn the_table_agrees_with_the_schemas() {
    fn known(draft: impl Draft) {
        let ty = Registry::shared().by_number(draft.resource_type()).unwrap();
        assert_eq!(format!("m2m:{}", ty.short), draft.root());
        for (short, _) in draft.into_attributes().iter() {
            assert!(ty.attribute(short).is_some(), "{} {short}", ty.name);
        }
    }
    known(
        Ae::new("N")
            .app_name("")
            .point_of_access([""])
            .request_reachability(true)
            .content_serialization([""])
            .supported_release_versions([""])
            .ontology_ref("")
            .access_control_policy_ids([""])
            .labels([""]),
    );
    known(
        Container::new()
            .named("")
            .max_nr_of_instances(1)
            .max_byte_size(1)
            .max_instance_age(1)
            .ontology_ref("")
            .disable_retrieval(true)
            .access_control_policy_ids([""]),
    );
    known(ContentInstance::new("").content_info("").ontology_ref(""));
    known(
        Subscription::new()
            .notification_uri([""])
            .expiration_counter(1)
            .latest_notify(true)
            .pending_notification(1)
            .subscriber_uri("")
            .access_control_policy_ids([""])
            .events([EventType::Deleted])
            .notification_content(NotificationContent::AllAttributes),
    );
    known(AccessControlPolicy::new([""]));
    known(
        Group::new([""], 1)
            .member_type(1)
            .consistency_strategy(1)
            .group_name("")
            .members_access_control_policy_ids([""])
            .access_control_policy_ids([""]),
    );
    known(PollingChannel::new().request_aggregation(true));
    known(Schedule::new([""]).access_control_policy_ids([""]));
    assert_eq!(
        Other::new(28, "cod:light").with_all(Map::from_iter([("cnd", "x")])).named("l").into_attributes().len(),
        2
    );
}
