//! The client at a CSE, over every binding that there is.
#![cfg(all(feature = "client", feature = "http", feature = "ws", feature = "coap", feature = "mqtt"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

mod support;

use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _};
use onem2m_cse::binding::coap::CoapConfig;
use onem2m_cse::binding::http::HttpConfig;
use onem2m_cse::binding::mqtt::{MqttBinding, MqttConfig};
use onem2m_cse::binding::ws::WsConfig;
use onem2m_cse::client::{
    AccessControlPolicy, Acknowledge, Ae, Client, ClientBuilder, ClientConfig, ClientError, Container, ContentInstance,
    EventType, Group, Listener, Notifications, Operations, Other, Reach, Registered, Retry, Subscription, members,
};
use onem2m_cse::codec::format::Format;
use onem2m_cse::config::Limits;
use onem2m_cse::primitive::{FilterCriteria, Request, Status};
use onem2m_cse::value::{Map, Value};
use onem2m_cse::{Cse, CseConfig};
use support::cut::Cut;
use support::mosquitto::Mosquitto;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(20);

/// A CSE that speaks everything, and the broker that it needs for that.
struct World {
    cse: Cse,
    /// `None` where there is none: then MQTT is left out.
    broker: Option<Mosquitto>,
}

async fn open() -> World {
    open_with(CseConfig::default()).await
}

/// A line for each binding.
async fn open_with(config: CseConfig) -> World {
    let anywhere = || vec!["127.0.0.1:0".parse().unwrap()];
    let builder = Cse::builder(config)
        .bind(HttpConfig { addresses: anywhere(), ..HttpConfig::default() })
        .bind(WsConfig { addresses: anywhere(), ..WsConfig::default() })
        .bind(CoapConfig { addresses: anywhere(), ..CoapConfig::default() });
    let broker = Mosquitto::open().await;
    let builder = match &broker {
        Some(broker) => builder.bind(MqttBinding::new(MqttConfig { broker: broker.url(), ..MqttConfig::default() })),
        None => builder,
    };
    World { cse: builder.start().await.unwrap(), broker }
}

impl World {
    async fn stop(self) {
        self.cse.stop().await;
        drop(self.broker);
    }
}

/// Where it is reached, over each binding. Behind a broker, the CSE has to be named.
fn urls(world: &World) -> Vec<String> {
    let named = |url: String| if url.starts_with("mqtt") { format!("{url}/id-in") } else { url };
    world.cse.addresses().into_iter().map(named).collect()
}

fn url(cse: &World, scheme: &str) -> String {
    urls(cse).into_iter().find(|url| url.starts_with(scheme)).unwrap()
}

fn client(url: &str, originator: &str) -> ClientBuilder {
    Client::builder(url).originator(originator)
}

/// An AE of that name with a container `c`.
async fn house(client: &Client, name: &str) -> Registered {
    let ae = client.register(Ae::new("N.house").named(name)).await.unwrap();
    ae.create(ae.address(), Container::new().named("c")).await.unwrap();
    ae
}

async fn say(ae: &Registered, numbers: std::ops::Range<u32>) {
    for number in numbers {
        ae.create(ae.child("c"), ContentInstance::new(number.to_string())).await.unwrap();
    }
}

fn instances() -> Subscription {
    Subscription::new().events([EventType::ChildCreated]).child_types([4])
}

/// What the next notification says.
async fn hear(told: &mut Notifications) -> String {
    let notification = timeout(PATIENCE, told.next()).await.expect("a notification in time").unwrap();
    notification.resource().unwrap().text("con").unwrap().to_owned()
}

async fn hear_all(told: &mut Notifications, numbers: std::ops::Range<u32>) {
    for number in numbers {
        assert_eq!(hear(told).await, number.to_string());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_does_its_work_over_every_binding_and_in_every_format() {
    let cse = open().await;
    for (place, url) in urls(&cse).iter().enumerate() {
        for format in Format::ALL.into_iter().filter(|format| format.is_supported()) {
            let name = format!("C{place}{}", format.name());
            let client = client(url, &name).format(format).build().unwrap();
            let ae = client.register(Ae::new("N.sensor").named(&name).labels(["a", "b"])).await.unwrap();
            assert_eq!((ae.ae_id(), ae.resource().labels().len()), (&*name, 2));
            let container = Container::new().named("temps").max_nr_of_instances(3);
            let temps = ae.create(ae.address(), container).await.unwrap();
            for degrees in ["20.5", "21.0", "ä < 22"] {
                ae.create(&temps, ContentInstance::new(degrees)).await.unwrap();
            }
            assert_eq!(ae.retrieve(temps.child("la")).await.unwrap().text("con"), Some("ä < 22"));
            let changed = ae.update(&temps, Container::new().labels(["warm"]).max_nr_of_instances(2)).await.unwrap();
            assert_eq!((changed.number("mni"), changed.labels().len()), (Some(2), 1));
            ae.update(&temps, Container::new().without("lbl")).await.unwrap();
            let now = ae.retrieve(&temps).await.unwrap();
            assert_eq!((now.number("cni"), now.labels().len(), now.resource_type()), (Some(2), 0, Some(3)));
            let gone = ae.retrieve(temps.child("nothing")).await.unwrap_err();
            assert_eq!(gone.status(), Some(Status::NOT_FOUND));
            assert!(gone.to_string().contains("4004 NOT_FOUND: "), "{gone}");
            ae.delete(&temps).await.unwrap();
            let address = ae.address().to_owned();
            ae.deregister().await.unwrap();
            assert!(client.retrieve(address).await.is_err());
        }
    }
    cse.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn discovery_walks_through_pages() {
    let cse = open().await;
    for (place, url) in urls(&cse).iter().enumerate() {
        let config = ClientConfig { page: 4, ..ClientConfig::default() };
        let client = client(url, &format!("C{place}")).config(config).build().unwrap();
        let ae = house(&client, &format!("C{place}")).await;
        for number in 0..10 {
            let labels = [if number % 2 == 0 { "even" } else { "odd" }];
            ae.create(ae.address(), Container::new().named(format!("n{number}")).labels(labels)).await.unwrap();
        }
        let mut all = ae.discover(ae.address()).of_type(3);
        let mut found = Vec::new();
        while let Some(address) = all.next().await {
            found.push(address.unwrap());
        }
        found.sort();
        found.dedup();
        assert_eq!(found.len(), 11);
        assert!(found[0].starts_with("cse-in/C"), "{found:?}");
        let mut even = ae.discover(ae.address()).labelled("even").labelled("round").unstructured();
        assert_eq!(even.at_most(3).await.unwrap().len(), 3);
        let rest = even.at_most(100).await.unwrap();
        assert!(rest.len() == 2 && rest[0].starts_with("cnt-"), "{rest:?}");
        let all: Vec<_> = ae.discover(ae.address()).of_type(3).try_collect().await.unwrap();
        assert_eq!(all.len(), 11, "as a stream");
        let odd = FilterCriteria { labels: vec!["odd".into()], ..FilterCriteria::default() };
        assert_eq!(ae.discover(ae.address()).filtered(odd).at_most(100).await.unwrap().len(), 5);
        assert!(ae.discover("cse-in/nowhere").next().await.unwrap().is_err());
    }
    cse.stop().await;
}

/// Every way to be told, over every binding that has it.
fn ways(cse: &World) -> Vec<(String, Reach)> {
    let all = urls(cse).into_iter();
    let each = all
        .flat_map(|url| [Reach::Connection, Reach::Listener, Reach::PollingChannel].map(|reach| (url.clone(), reach)));
    each.filter(|(url, reach)| *reach != Reach::Connection || url.starts_with("ws") || url.starts_with("mqtt"))
        .collect()
}

fn reached(url: &str, name: &str, reach: Reach) -> ClientBuilder {
    let client = client(url, name).reach(reach);
    if reach == Reach::Listener { client.listen(Listener::default()) } else { client }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_is_told_in_order_whichever_way_it_comes() {
    let cse = open().await;
    let talker = client(&url(&cse, "http"), "Ctalker").build().unwrap();
    let talker = house(&talker, "Ctalker").await;
    let everybody = AccessControlPolicy::new(["Ctalker"]).allow(["all"], Operations::ALL).named("acp");
    let policy = talker.create(talker.address(), everybody).await.unwrap();
    talker.update(talker.child("c"), Container::new().access_control_policy_ids([policy.address()])).await.unwrap();
    for (place, (url, reach)) in ways(&cse).into_iter().enumerate() {
        let name = format!("C{place}");
        let listener = reached(&url, &name, reach).build().unwrap();
        let listener = listener.register(Ae::new("N.listener").named(&name)).await.unwrap();
        let mut told = listener.subscribe("cse-in/Ctalker/c", instances()).await.unwrap();
        say(&talker, 0..5).await;
        hear_all(&mut told, 0..5).await;
        // A second subscription of the same client is a stream of its own.
        let mut also = listener.subscribe("cse-in/Ctalker/c", instances().named(format!("also-{name}"))).await.unwrap();
        say(&talker, 5..7).await;
        let two: Vec<_> = timeout(PATIENCE, (&mut also).take(2).collect()).await.unwrap();
        assert_eq!(two.len(), 2, "as a stream");
        hear_all(&mut told, 5..7).await;
        assert_eq!(also.subscription().unwrap().resource_name(), Some(&*format!("also-{name}")));
        also.unsubscribe().await.unwrap();
        // Somebody else deletes the other one: that is the last word.
        let admin = talker.as_originator("CAdmin");
        admin.delete(told.subscription().unwrap()).await.unwrap();
        assert!(timeout(PATIENCE, told.next()).await.unwrap().unwrap().is_end(), "{url} {reach:?}");
        assert!(told.next().await.is_none());
    }
    cse.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_slow_is_waited_for_and_misses_nothing() {
    let cse = open().await;
    for (place, (url, reach)) in ways(&cse).into_iter().enumerate() {
        let name = format!("C{place}");
        let config = ClientConfig { queue: 2, reach, ..ClientConfig::default() };
        let client = Client::builder(url).originator(&name).config(config);
        let client = if reach == Reach::Listener { client.listen(Listener::default()) } else { client };
        let ae = house(&client.build().unwrap(), &name).await;
        let mut told = ae.subscribe(ae.child("c"), instances()).await.unwrap();
        // The queue is full after two; requests of our own are answered all the same.
        say(&ae, 0..12).await;
        hear_all(&mut told, 0..12).await;
    }
    cse.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_waits_for_the_program_is_made_or_not() {
    let cse = open().await;
    for (place, (url, reach)) in ways(&cse).into_iter().enumerate() {
        let name = format!("C{place}");
        let ae = reached(&url, &name, reach).acknowledge(Acknowledge::Handled).build().unwrap();
        let ae = house(&ae, &name).await;
        let blocking = Subscription::new().events([EventType::BlockingUpdate]);
        let mut told = ae.subscribe(ae.child("c"), blocking).await.unwrap();
        for (label, refused) in [("no", true), ("yes", false)] {
            let change = ae.update(ae.child("c"), Container::new().labels([label]));
            let (changed, ()) = tokio::join!(change, async {
                let notification = timeout(PATIENCE, told.next()).await.unwrap().unwrap();
                if refused {
                    notification.refuse(Status::OPERATION_NOT_ALLOWED);
                }
            });
            assert_eq!(changed.is_err(), refused, "{url} {reach:?} {label}: {changed:?}");
        }
        assert_eq!(ae.retrieve(ae.child("c")).await.unwrap().labels(), ["yes"]);
    }
    cse.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_comes_back_goes_on_where_it_was() {
    let limits = Limits { call_timeout: 1, ..Limits::default() };
    // Neither a broker nor UDP tells the CSE that a program has gone: it waits for an answer as long as for any.
    let cse = open_with(CseConfig { limits, ..CseConfig::default() }).await;
    let talker = client(&url(&cse, "http"), "CAdmin").build().unwrap();
    for (place, (url, reach)) in ways(&cse).into_iter().enumerate() {
        let name = format!("C{place}");
        let ae = || Ae::new("N.listener").named(&name);
        let program = async || reached(&url, &name, reach).build().unwrap().register_or_resume(ae()).await.unwrap();
        let mine = || instances().named("mine");
        let first = program().await;
        first.create(first.address(), Container::new().named("c")).await.unwrap();
        let mut told = first.subscribe_or_resume(first.child("c"), mine()).await.unwrap();
        talker.create(format!("cse-in/{name}/c"), ContentInstance::new("1")).await.unwrap();
        assert_eq!(hear(&mut told).await, "1");
        drop((told, first));
        talker.create(format!("cse-in/{name}/c"), ContentInstance::new("2")).await.unwrap();
        let second = program().await;
        assert_eq!(second.ae_id(), name);
        let mut told = second.subscribe_or_resume(second.child("c"), mine()).await.unwrap();
        // Whether the CSE has heard that the first one arrived before the program ended, nobody can say.
        let heard = hear(&mut told).await;
        let heard = if heard == "1" { hear(&mut told).await } else { heard };
        assert_eq!(heard, "2", "{url} {reach:?}");
        talker.create(format!("cse-in/{name}/c"), ContentInstance::new("3")).await.unwrap();
        assert_eq!(hear(&mut told).await, "3");
    }
    // Under another originator, the name is somebody else's.
    let thief = client(&url(&cse, "http"), "Cthief").build().unwrap();
    let refused = thief.register_or_resume(Ae::new("N.listener").named("C0")).await.unwrap_err();
    assert_eq!(refused.status(), Some(Status::CONFLICT));
    cse.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_breaks_is_opened_again_without_being_asked() {
    let cse = open().await;
    let cut = Cut::before(&url(&cse, "ws")).await;
    let lamp = house(&client(&cut.url("ws"), "Clamp").build().unwrap(), "Clamp").await;
    let mut told = lamp.subscribe(lamp.child("c"), instances()).await.unwrap();
    let talker = client(&url(&cse, "http"), "CAdmin").build().unwrap();
    for number in 0..3 {
        talker.create("cse-in/Clamp/c", ContentInstance::new(number.to_string())).await.unwrap();
        assert_eq!(hear(&mut told).await, number.to_string());
        cut.now();
    }
    cse.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_subscribed_to_is_heard_by_who_wants_it() {
    let cse = open().await;
    let lamp = house(&client(&url(&cse, "ws"), "Clamp").build().unwrap(), "Clamp").await;
    let admin = client(&url(&cse, "http"), "CAdmin").build().unwrap();
    let theirs = || instances().notification_uri(["Clamp"]);
    let refused = admin.create("cse-in/Clamp/c", theirs()).await.unwrap_err();
    assert_eq!(refused.status(), Some(Status::SUBSCRIPTION_VERIFICATION_INITIATION_FAILED), "{refused}");
    let mut told = lamp.other_notifications().await.unwrap();
    admin.create("cse-in/Clamp/c", theirs()).await.unwrap();
    say(&lamp, 1..2).await;
    assert_eq!(hear(&mut told).await, "1");
    cse.stop().await;
}

/// The CSE makes up a name: over MQTT, the program has none until then.
#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_name_gets_one() {
    let cse = open().await;
    for url in urls(&cse) {
        let nameless = Client::builder(&*url).build().unwrap();
        let ae = nameless.register(Ae::new("N.nameless")).await.unwrap();
        assert!(ae.ae_id().starts_with('C'), "{}", ae.ae_id());
        ae.create(ae.address(), Container::new().named("c")).await.unwrap();
        let mut told = ae.subscribe(ae.child("c"), instances()).await.unwrap();
        say(&ae, 0..2).await;
        hear_all(&mut told, 0..2).await;
        let asked = Client::builder(&*url).originator("S").build().unwrap();
        let ae = asked.register(Ae::new("N.nameless")).await.unwrap();
        assert!(ae.ae_id().starts_with('S'), "{}", ae.ae_id());
    }
    cse.stop().await;
}

/// A listener is any binding that serves.
#[tokio::test(flavor = "multi_thread")]
async fn notifications_come_over_another_protocol_than_requests_leave_by() {
    let cse = open().await;
    let anywhere = || vec!["127.0.0.1:0".parse().unwrap()];
    let listeners = [
        Listener::new(CoapConfig { addresses: anywhere(), ..CoapConfig::default() }),
        Listener::new(WsConfig { addresses: anywhere(), ..WsConfig::default() }),
        Listener::default(),
    ];
    for (place, listener) in listeners.into_iter().enumerate() {
        let name = format!("C{place}");
        let ae = house(&client(&url(&cse, "coap"), &name).listen(listener).build().unwrap(), &name).await;
        let mut told = ae.subscribe(ae.child("c"), instances()).await.unwrap();
        say(&ae, 0..3).await;
        hear_all(&mut told, 0..3).await;
    }
    cse.stop().await;
}

/// A program that is no AE, and is called at a URL.
#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_with_a_listener_is_told_too() {
    let cse = open().await;
    for url in urls(&cse) {
        let admin = client(&url, "CAdmin").listen(Listener::default()).build().unwrap();
        let children = Subscription::new().events([EventType::ChildCreated]).child_types([3]);
        let mut told = admin.subscribe("cse-in", children).await.unwrap();
        let container = admin.create("-", Container::new().named("garden")).await.unwrap();
        let notification = timeout(PATIENCE, told.next()).await.unwrap().unwrap();
        assert_eq!(notification.resource().unwrap().resource_name(), Some("garden"));
        admin.delete(&container).await.unwrap();
        told.unsubscribe().await.unwrap();
    }
    cse.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_and_other_types_are_at_hand() {
    let cse = open().await;
    for (place, url) in urls(&cse).iter().enumerate() {
        let name = format!("C{place}");
        let ae = house(&client(url, &name).build().unwrap(), &name).await;
        let other = ae.create(ae.address(), Other::new(3, "m2m:cnt").named("d").with("mni", 1_u64)).await.unwrap();
        let group = Group::new([&*ae.child("c"), other.address()], 5).named("g");
        let group = ae.create(ae.address(), group).await.unwrap();
        let retrieve = Request::retrieve(group.child("fopt"));
        let answers = members(&ae.demand(retrieve).await.unwrap());
        assert_eq!(answers.iter().map(|answer| answer.status).collect::<Vec<_>>(), [Status::OK, Status::OK]);
        let nothing = Request::create(ae.address(), 9, "m2m:grp", Map::from_iter([("mnm", Value::from("x"))]));
        let refused = ae.request(nothing).await.unwrap();
        assert_eq!(refused.status, Status::BAD_REQUEST, "a response is a response");
    }
    cse.stop().await;
}

/// With a certificate for whom it speaks for, at a CSE that believes nobody else, over everything that has TLS.
#[cfg(feature = "tls")]
#[tokio::test(flavor = "multi_thread")]
async fn inside_tls_all_is_the_same_and_a_certificate_says_who_speaks() {
    use onem2m_cse::binding::tls::{ClientTls, ClientTlsConfig};
    use onem2m_cse::binding::{Identities, IdentityRule};
    use support::authority::Authority;

    let authority = Authority::new();
    let identity = "//acme.example.com/id-in/Cmeter".into();
    let identities = Identities::new(vec![IdentityRule { identity, originators: vec!["Cmeter".into()] }]);
    let anywhere = || vec!["127.0.0.1:0".parse().unwrap()];
    let tls = || Some(authority.strict());
    let http =
        HttpConfig { addresses: anywhere(), tls: tls(), identities: identities.clone(), ..HttpConfig::default() };
    let ws = WsConfig { addresses: anywhere(), tls: tls(), identities, ..WsConfig::default() };
    let cse = Cse::builder(CseConfig::default()).bind(http).bind(ws).start().await.unwrap();
    let (roots, own) = (vec![authority.path("ca.pem")], Some(authority.ae("Cmeter")));
    let meter_tls = ClientTls::load(ClientTlsConfig { system_roots: false, roots, own }).unwrap();
    for url in cse.addresses() {
        let secure = |name: &str| client(&url, name).tls(meter_tls.clone());
        let meter = house(&secure("Cmeter").build().unwrap(), "meter").await;
        let mut told = meter.subscribe(meter.child("c"), instances()).await.unwrap();
        say(&meter, 0..3).await;
        hear_all(&mut told, 0..3).await;
        drop(told);
        let refused = meter.as_originator("CAdmin").retrieve("cse-in").await.unwrap_err();
        assert_eq!(refused.status(), Some(Status::ORIGINATOR_NOT_AUTHENTICATED), "{refused}");
        meter.deregister().await.unwrap();
        let nobody = client(&url, "Cmeter").retry(Retry::never()).build().unwrap();
        assert!(nobody.retrieve("cse-in").await.is_err(), "nobody vouches for this CSE");
    }
    cse.stop().await;
}

/// With a key that both sides know, and a listener inside DTLS as well.
#[cfg(feature = "dtls")]
#[tokio::test(flavor = "multi_thread")]
async fn inside_dtls_a_key_opens_the_way() {
    use onem2m_cse::binding::coap::{CoapClient, CoapClientConfig};
    use onem2m_cse::binding::dtls::{DtlsConfig, PreSharedKey};

    let keys = |key: u8| DtlsConfig { keys: vec![PreSharedKey::new("meter", [key; 16])], ..DtlsConfig::default() };
    let coaps = || CoapConfig {
        addresses: vec!["127.0.0.1:0".parse().unwrap()],
        shields: Some(keys(7).server().unwrap()),
        ..CoapConfig::default()
    };
    let outward = CoapClientConfig { shields: Some(keys(7).client().unwrap()), ..CoapClientConfig::default() };
    let cse = Cse::builder(CseConfig::default()).bind(coaps()).caller(CoapClient::new(outward)).start().await.unwrap();
    let url = cse.addresses().remove(0);
    assert!(url.starts_with("coaps://"), "{url}");
    for (name, listener) in [("Cpolls", None), ("Clistens", Some(Listener::new(coaps())))] {
        let meter = client(&url, name).dtls(keys(7));
        let meter = listener.into_iter().fold(meter, ClientBuilder::listen).build().unwrap();
        let meter = house(&meter, name).await;
        let mut told = meter.subscribe(meter.child("c"), instances()).await.unwrap();
        say(&meter, 0..3).await;
        hear_all(&mut told, 0..3).await;
    }
    let stranger = client(&url, "Cmeter").dtls(keys(8)).retry(Retry::never()).timeout(Duration::from_secs(2));
    assert!(stranger.build().unwrap().retrieve("cse-in").await.is_err(), "another key");
    assert!(client(&url, "Cmeter").build().unwrap_err().to_string().contains("coaps"), "no key");
    cse.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_there_is_not_reached_and_what_cannot_be_is_said_at_once() {
    for url in ["http://127.0.0.1:9", "ws://127.0.0.1:9"] {
        let client = client(url, "Cae").retry(Retry::never()).build().unwrap();
        let error = client.create("-", Container::new()).await.unwrap_err();
        assert!(matches!(error, ClientError::NotReached(_)), "{error}");
    }
    for url in ["coap://127.0.0.1:9", "mqtt://127.0.0.1:9/id-in"] {
        let client = client(url, "Cae").retry(Retry::never()).timeout(Duration::from_secs(1)).build().unwrap();
        let error = client.create("-", Container::new()).await.unwrap_err();
        assert!(!matches!(error, ClientError::Impossible(_)) && error.status().is_none(), "{error}");
    }
    let wrong = |builder: ClientBuilder| match builder.build().unwrap_err() {
        ClientError::Impossible(reason) => reason,
        other => panic!("{other}"),
    };
    assert!(wrong(client("gopher://x", "Cae")).contains("gopher"));
    assert!(wrong(client("localhost", "Cae")).contains("scheme"));
    let unnamed = client("mqtt://localhost", "Cae").build().unwrap().retrieve("cse-in").await.unwrap_err();
    assert!(unnamed.to_string().contains("mqtt://localhost:1883/id-in"), "{unnamed}");
    assert!(wrong(client("http://x", "Cae").reach(Reach::Connection)).contains("connections"));
    assert!(wrong(client("http://x", "Cae").reach(Reach::Listener)).contains("listen"));
}
