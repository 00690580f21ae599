//! What the fuzz targets see of MQTT.

use super::topic::{Own, Topic, is_sayable};

/// A topic that can be read is written as it was, and so is that of its answer.
pub fn topic(name: &str) {
    for prefix in ["", "site/one"] {
        if let Some(topic) = Topic::parse(prefix, name) {
            assert_eq!(topic.name(prefix), name, "{topic:?}");
            let answer = topic.answer();
            assert_eq!(Topic::parse(prefix, &answer.name(prefix)).as_ref(), Some(&answer));
        }
    }
    let own = Own::new("/id-in", "//acme.example.com");
    let receiver = own.receiver(name);
    assert!(!is_sayable(name) || !receiver.contains(['/', '+', '#']), "{receiver}");
}
