//! A heater: listens to the sensor's readings, and switches itself on and off.
//!
//! Run `cargo run --release`, then `cargo run --example sensor` once, then `cargo run --example actuator`, and the sensor
//! again in a third terminal. You will see what it does at each reading. Two words can follow: another URL (over `ws://` it is
//! told over its connection, over `http://` by a polling channel), and after how many readings it is enough.

use onem2m_cse::client::{Ae, Client, ClientError, Container, ContentInstance, EventType, Subscription};
use onem2m_cse::primitive::Status;

#[tokio::main]
async fn main() -> Result<(), ClientError> {
    let mut words = std::env::args().skip(1);
    let url = words.next().unwrap_or_else(|| "ws://localhost:8180".to_owned());
    let mut left: u32 = words.next().and_then(|word| word.parse().ok()).unwrap_or(u32::MAX);

    let client = Client::builder(url).originator("Cheater").build()?;
    let heater = client.register_or_resume(Ae::new("N.example.heater").named("heater")).await?;
    match heater.create(heater.address(), Container::new().named("state").max_nr_of_instances(1)).await {
        Err(error) if error.status() != Some(Status::CONFLICT) => return Err(error),
        _ => {}
    }
    let readings = Subscription::new().named("heater").events([EventType::ChildCreated]).child_types([4]);
    let mut told = heater.subscribe_or_resume("cse-in/sensor/temps", readings).await?;
    println!("listening as {}", heater.ae_id());
    while left > 0 {
        let Some(notification) = told.next().await else { break };
        let Some(reading) = notification.resource() else { continue };
        let degrees: f64 = reading.text("con").and_then(|text| text.parse().ok()).unwrap_or(20.0);
        let state = if degrees < 20.4 { "on" } else { "off" };
        heater.create(heater.child("state"), ContentInstance::new(state)).await?;
        println!("{degrees:.1}: {state}");
        left -= 1;
    }
    Ok(())
}
