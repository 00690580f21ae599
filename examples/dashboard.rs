//! A dashboard: finds everything that is labelled `temperature`, shows the latest values, and follows them.
//!
//! Run `cargo run --release`, then `cargo run --example sensor` once, then `cargo run --example dashboard`, and the sensor
//! again. You will see the latest value, and then each new one as it comes. Two words can follow: another URL, and after how
//! many new values it is enough.

use onem2m_cse::client::{Client, ClientError, EventType, Listener, Subscription};

#[tokio::main]
async fn main() -> Result<(), ClientError> {
    let mut words = std::env::args().skip(1);
    let url = words.next().unwrap_or_else(|| "http://localhost:8080".to_owned());
    let mut left: u32 = words.next().and_then(|word| word.parse().ok()).unwrap_or(u32::MAX);

    // It is no AE, and so it is told at a URL: that of a listener of its own.
    let client = Client::builder(url).originator("CAdmin").listen(Listener::default()).build()?;
    let mut streams = Vec::new();
    let mut found = client.discover("cse-in").labelled("temperature").of_type(3);
    while let Some(address) = found.next().await {
        let address = address?;
        match client.retrieve(format!("{address}/la")).await {
            Ok(latest) => println!("{address}: {}", latest.text("con").unwrap_or("?")),
            Err(error) => println!("{address}: nothing yet ({error})"),
        }
        let instances = Subscription::new().events([EventType::ChildCreated]).child_types([4]);
        streams.push((client.subscribe(address.clone(), instances).await?, address));
    }
    println!("following {}", streams.len());
    let (news, mut values) = tokio::sync::mpsc::channel(16);
    for (mut told, address) in streams {
        let news = news.clone();
        tokio::spawn(async move {
            while let Some(notification) = told.next().await {
                let value = notification.resource().and_then(|instance| instance.text("con").map(str::to_owned));
                if news.send((address.clone(), value.unwrap_or_default(), told.subscription().cloned())).await.is_err()
                {
                    break;
                }
            }
        });
    }
    drop(news);
    while left > 0 {
        let Some((address, value, subscription)) = values.recv().await else { break };
        println!("{address}: {value}");
        left -= 1;
        if let (0, Some(subscription)) = (left, subscription) {
            client.delete(&subscription).await?;
        }
    }
    Ok(())
}
