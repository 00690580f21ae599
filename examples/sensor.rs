//! A sensor: registers, makes a container, and sends readings.
//!
//! Run `cargo run --release` in one terminal and `cargo run --example sensor` in another. You will see each reading that was
//! taken. It sends three, one a second, and goes; what it said stays. Two words can follow: another URL, and how many.

use std::time::Duration;

use onem2m_cse::client::{AccessControlPolicy, Ae, Client, ClientError, Container, ContentInstance, Operations};
use onem2m_cse::primitive::Status;

#[tokio::main]
async fn main() -> Result<(), ClientError> {
    let mut words = std::env::args().skip(1);
    let url = words.next().unwrap_or_else(|| "http://localhost:8080".to_owned());
    let count: u32 = words.next().and_then(|word| word.parse().ok()).unwrap_or(3);

    let client = Client::builder(url).originator("Csensor").build()?;
    // Started again, it goes on with what is there.
    let sensor = client.register_or_resume(Ae::new("N.example.sensor").named("sensor")).await?;
    println!("registered as {}", sensor.ae_id());
    let everybody = AccessControlPolicy::new(["Csensor"])
        .named("readable")
        .allow(["Csensor"], Operations::ALL)
        .allow(["all"], Operations::RETRIEVE | Operations::DISCOVERY | Operations::CREATE);
    or_there(sensor.create(sensor.address(), everybody).await)?;
    let temps = Container::new()
        .named("temps")
        .labels(["temperature"])
        .max_nr_of_instances(100)
        .access_control_policy_ids(["cse-in/sensor/readable"]);
    or_there(sensor.create(sensor.address(), temps).await)?;
    for number in 0..count {
        let degrees = 20.0 + f64::from(number) / 2.0;
        sensor.create(sensor.child("temps"), ContentInstance::new(format!("{degrees:.1}"))).await?;
        println!("said {degrees:.1}");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    Ok(())
}

/// What exists already is as good as new.
fn or_there<T>(created: Result<T, ClientError>) -> Result<(), ClientError> {
    match created {
        Err(error) if error.status() == Some(Status::CONFLICT) => Ok(()),
        created => created.map(drop),
    }
}
