//! Everything that an application does, one chapter after the other, at a CSE of its own. `docs/client.md` explains it.
//!
//! Run `cargo run --example guide`. You will see what each chapter comes to. It takes a second.

use std::error::Error;
use std::time::Duration;

use onem2m_cse::binding::http::HttpConfig;
use onem2m_cse::binding::ws::WsConfig;
use onem2m_cse::client::{
    AccessControlPolicy, Acknowledge, Ae, Client, ClientError, Container, ContentInstance, EventType, Group, Listener,
    Operations, Registered, Repeat, Resource, Retry, Subscription, members,
};
use onem2m_cse::primitive::{Request, ResultContent, Status};
use onem2m_cse::{Cse, CseConfig};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let cse = Cse::builder(CseConfig::default())
        .bind(HttpConfig { addresses: vec!["127.0.0.1:0".parse()?], ..HttpConfig::default() })
        .bind(WsConfig { addresses: vec!["127.0.0.1:0".parse()?], ..WsConfig::default() })
        .start()
        .await?;
    let [http, ws] = <[String; 2]>::try_from(cse.addresses()).map_err(|_| "two addresses")?;
    let sensor = register(&http).await?;
    let temps = write(&sensor).await?;
    read(&sensor).await?;
    share(&sensor, &temps).await?;
    discover(&sensor).await?;
    fan_out(&sensor, &temps).await?;
    subscribe(&sensor).await?;
    three_ways(&http, &ws, &sensor).await?;
    decide(&http).await?;
    try_again(&http, &temps).await?;
    anything(&sensor).await?;
    sensor.deregister().await?;
    cse.stop().await;
    Ok(())
}

async fn register(url: &str) -> Result<Registered, ClientError> {
    let client = Client::builder(url).originator("Csensor").build()?;
    let sensor = client.register_or_resume(Ae::new("N.example.sensor").named("sensor")).await?;
    println!("registered as {}", sensor.ae_id());
    Ok(sensor)
}

async fn write(sensor: &Registered) -> Result<Resource, ClientError> {
    let temps = Container::new().named("temps").labels(["temperature"]).max_nr_of_instances(100);
    let temps = sensor.create(sensor.address(), temps).await?;
    for degrees in ["20.5", "21.0", "21.5"] {
        sensor.create(&temps, ContentInstance::new(degrees)).await?;
    }
    sensor.update(&temps, Container::new().max_nr_of_instances(50)).await
}

async fn read(sensor: &Registered) -> Result<(), ClientError> {
    let latest = sensor.retrieve(sensor.child("temps/la")).await?;
    println!("the latest: {}", latest.text("con").unwrap_or("nothing"));
    match sensor.retrieve(sensor.child("humidity")).await {
        Err(error) if error.status() == Some(Status::NOT_FOUND) => println!("no humidity"),
        other => println!("{:?}", other?.labels()),
    }
    Ok(())
}

async fn share(sensor: &Registered, temps: &Resource) -> Result<(), ClientError> {
    let readable = AccessControlPolicy::new(["Csensor"])
        .named("readable")
        .allow(["Csensor"], Operations::ALL)
        .allow(["all"], Operations::RETRIEVE | Operations::DISCOVERY | Operations::CREATE);
    let readable = sensor.create(sensor.address(), readable).await?;
    sensor.update(temps, Container::new().access_control_policy_ids([readable.address()])).await?;
    Ok(())
}

async fn discover(client: &Client) -> Result<(), ClientError> {
    let mut found = client.discover("cse-in").labelled("temperature").of_type(3);
    while let Some(address) = found.next().await {
        println!("found {}", address?);
    }
    Ok(())
}

async fn fan_out(sensor: &Registered, temps: &Resource) -> Result<(), ClientError> {
    let group = Group::new([temps.address(), sensor.address()], 10).named("everything");
    let group = sensor.create(sensor.address(), group).await?;
    let answer = sensor.demand(Request::retrieve(group.child("fopt"))).await?;
    println!("{} members answered", members(&answer).len());
    Ok(())
}

async fn subscribe(sensor: &Registered) -> Result<(), ClientError> {
    let instances = Subscription::new().named("mine").events([EventType::ChildCreated]).child_types([4]);
    let mut told = sensor.subscribe_or_resume(sensor.child("temps"), instances).await?;
    sensor.create(sensor.child("temps"), ContentInstance::new("22.0")).await?;
    if let Some(notification) = told.next().await {
        let instance = notification.resource();
        println!("told of {}", instance.as_ref().and_then(|instance| instance.text("con")).unwrap_or("nothing"));
    }
    told.unsubscribe().await
}

async fn three_ways(http: &str, ws: &str, sensor: &Registered) -> Result<(), ClientError> {
    // The CSE asks over the connection that the program opened.
    let lamp = Client::builder(ws).originator("Clamp").build()?;
    // The CSE calls the program at a URL of its own.
    let door = Client::builder(http).originator("Cdoor").listen(Listener::default()).build()?;
    // The program asks whether there is something for it: a polling channel.
    let bell = Client::builder(http).originator("Cbell").build()?;
    for client in [lamp, door, bell] {
        let ae = client.register(Ae::new("N.example.listener")).await?;
        let instances = Subscription::new().events([EventType::ChildCreated]).child_types([4]);
        let mut told = ae.subscribe("cse-in/sensor/temps", instances).await?;
        sensor.create(sensor.child("temps"), ContentInstance::new("22.5")).await?;
        println!("{} is told: {}", ae.ae_id(), told.next().await.is_some());
        ae.deregister().await?;
    }
    Ok(())
}

async fn decide(url: &str) -> Result<(), ClientError> {
    let client = Client::builder(url).originator("Cvalve").acknowledge(Acknowledge::Handled).build()?;
    let valve = client.register(Ae::new("N.example.valve")).await?;
    let state = valve.create(valve.address(), Container::new().named("state")).await?;
    let changes = Subscription::new().events([EventType::BlockingUpdate]);
    let mut told = valve.subscribe(&state, changes).await?;
    let change = valve.update(&state, Container::new().labels(["open"]));
    let (changed, ()) = tokio::join!(change, async {
        if let Some(notification) = told.next().await {
            notification.refuse(Status::OPERATION_NOT_ALLOWED);
        }
    });
    println!("the change was made: {}", changed.is_ok());
    valve.deregister().await
}

async fn try_again(url: &str, temps: &Resource) -> Result<(), ClientError> {
    let retry = Retry { attempts: 5, repeat: Repeat::Everything, ..Retry::default() };
    let client = Client::builder(url).originator("Csensor").timeout(Duration::from_secs(3)).retry(retry).build()?;
    // With a name of its own, a reading cannot be there twice.
    let reading = ContentInstance::new("23.0").named("reading-17");
    for _ in 0..2 {
        match client.create(temps, reading.clone()).await {
            Err(error) if error.status() == Some(Status::CONFLICT) => println!("it is there already"),
            other => println!("created {}", other?.resource_name().unwrap_or("it")),
        }
    }
    Ok(())
}

async fn anything(client: &Client) -> Result<(), ClientError> {
    let mut request = Request::retrieve("cse-in/sensor");
    request.result_content = Some(ResultContent::ChildResourceReferences);
    let response = client.request(request).await?;
    println!("{} {}", response.status, response.status.name());
    Ok(())
}
