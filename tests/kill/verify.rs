//! Asks a CSE that came back for everything, and holds it against what was acknowledged.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::client::Client;
use crate::http;
use crate::process::Running;
use crate::round::Tally;
use crate::shared::Board;
use crate::tree::{Container, Id, Instance, Tree};

/// Every client's part, every shared container.
pub fn everything(running: &Running, clients: &mut [Client], boards: &mut [Board], tally: &mut Tally) {
    let mut http = http::Client::connect(&running.address).unwrap();
    for client in clients {
        part(&mut http, client, tally);
    }
    for board in boards {
        let mut tree = Tree::default();
        read(&mut http, &board.path, &mut tree);
        let listed: Vec<String> = tree.0[&board.path].instances.iter().map(|i| i.content.clone()).collect();
        tally.carried_out += board.verify(&listed);
    }
}

/// A client's part is as acknowledged, or as it is with what was in doubt: nothing in between.
fn part(http: &mut http::Client, client: &mut Client, tally: &mut Tally) {
    let mut found = Tree::default();
    read(http, &client.root, &mut found);
    if let Some(deed) = client.in_doubt.take() {
        let mut after = client.tree.clone();
        let gone = after.apply(&deed, "");
        if found == after {
            client.gone.extend(gone);
            tally.carried_out += 1;
        } else {
            assert_eq!(found, client.tree, "neither carried out nor left undone: {deed:?}");
        }
    } else {
        assert_eq!(found, client.tree);
    }
    client.tree = found;
    discover(http, client);
    for id in client.gone.drain(..).filter(|id| !id.is_empty()) {
        assert_eq!(http.get(&format!("/{id}")).unwrap().code, 4004, "{id} was deleted and is back");
    }
}

/// Reads a container and all below it. Nothing is read when it is not there.
fn read(http: &mut http::Client, path: &str, tree: &mut Tree) {
    let answer = http.get(&format!("{path}?rcn=4")).unwrap();
    if answer.code == 4004 {
        return;
    }
    assert_eq!(answer.code, 2000, "{path}: {}", answer.body);
    container(http, path, &answer.body["m2m:cnt"], tree);
}

fn container(http: &mut http::Client, path: &str, own: &Value, tree: &mut Tree) {
    let children = |name| own[name].as_array().into_iter().flatten();
    let instances: Vec<Instance> = children("m2m:cin").map(instance).collect();
    let bytes: usize = instances.iter().map(|instance| instance.content.len()).sum();
    assert_eq!((&own["cni"], &own["cbs"]), (&instances.len().into(), &bytes.into()), "{path}: counters and children");
    for (virtual_child, instance) in [("la", instances.last()), ("ol", instances.first())] {
        let answer = http.get(&format!("{path}/{virtual_child}")).unwrap();
        let content = answer.body["m2m:cin"]["con"].as_str();
        assert_eq!(content, instance.map(|instance| &*instance.content), "{path}/{virtual_child}: {answer:?}");
    }
    let labels = own["lbl"].as_array().into_iter().flatten().map(text).collect();
    let most = own["mni"].as_u64().map(|most| most as usize);
    tree.0.insert(path.into(), Container { id: Id(text(&own["ri"])), most, labels, instances });
    for child in children("m2m:cnt") {
        container(http, &format!("{path}/{}", text(&child["rn"])), child, tree);
    }
}

fn instance(own: &Value) -> Instance {
    let instance = Instance { id: Id(text(&own["ri"])), content: text(&own["con"]) };
    assert_eq!(own["cs"], instance.content.len(), "{own}");
    instance
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// Discovery finds the same resources, by type and by label.
fn discover(http: &mut http::Client, client: &Client) {
    let mut find = |criteria: &str| -> BTreeSet<String> {
        let answer = http.get(&format!("{}?fu=1&{criteria}", client.root)).unwrap();
        let list = answer.body["m2m:uril"].as_array().into_iter().flatten();
        list.map(|uri| format!("/{}", text(uri))).collect()
    };
    let below: BTreeSet<String> = client.tree.0.keys().filter(|path| **path != client.root).cloned().collect();
    assert_eq!(find("ty=3"), below);
    let named = |(path, container): (&String, &Container)| -> Vec<String> {
        container.instances.iter().map(|instance| format!("{path}/{}", instance.id.0)).collect()
    };
    assert_eq!(find("ty=4"), client.tree.0.iter().flat_map(named).collect());
    for (path, container) in &client.tree.0 {
        let (Some(label), true) = (container.labels.first(), *path != client.root) else { continue };
        if label != "full" {
            assert_eq!(find(&format!("lbl={label}")), BTreeSet::from([path.clone()]));
        }
    }
}
