//! A reply, held against the model.

use onem2m_cse::primitive::Response;
use serde_json::Value as Json;

use super::{Ask, Stage, content_of, ensure, inside};
use crate::model::{Outcome, code};
use crate::sequence::alike;

impl Stage {
    pub(super) fn judge(&mut self, ask: &Ask, response: &Response) -> Result<(), String> {
        let status = response.status.code();
        alike::response(response)?;
        if self.failed && status == 5000 {
            // Nothing of it was done, and nobody was told that it was.
            return Ok(());
        }
        let content = content_of(response);
        let shown = inside(&content);
        if !matches!(status, 4000..=4001) {
            self.tally.dispatched += 1;
        }
        if response.status.is_success() {
            self.tally.successes += 1;
        }
        if let Some((label, ty)) = ask.discovers {
            let paths: Vec<Json> = self.model.discover(ask.from, label, ty).into_iter().map(Json::from).collect();
            ensure!(status == code::OK, "discovery answered {status}");
            let found = shown.and_then(Json::as_array).cloned().unwrap_or_default();
            ensure!(found == paths, "found {found:?}, not {paths:?}");
            return Ok(());
        }
        if !ask.manner.blocks() {
            return self.acknowledged(ask, response, shown);
        }
        if ask.polls.is_some() {
            // One that does not listen was turned down.
            let channel = ask.to.trim_end_matches("/pcu");
            let expected = self.model.may_listen(ask.from, channel).err();
            ensure!(expected == Some(status), "answered {status} {content}, not {expected:?}");
            return Ok(());
        }
        // Only a subscription asks anybody, and all of them say the same unless they are not there.
        let welcome = status != code::VERIFICATION_FAILED;
        if !welcome {
            let outside = ask.attributes.get("nu").is_some_and(|nu| nu[0] == "http://outside");
            ensure!(outside && ask.ty == 23, "nobody was to be asked");
        }
        let mut chosen = chosen(&content);
        if self.failed {
            // A row that could not be read may have been one member's business alone.
            for (chosen, member) in
                chosen.iter_mut().zip(content["m2m:agr"]["m2m:rsp"].as_array().into_iter().flatten())
            {
                if member["rsc"] == 5000 {
                    *chosen = code::FAILED.to_string();
                }
            }
        }
        for id in chosen.iter().filter(|_| ask.operation == onem2m_cse::primitive::Operation::Create) {
            ensure!(self.model.path_of(id).is_none(), "{id} is the identifier of another");
        }
        let outcome = self.model.perform(&ask.asked(welcome, chosen), self.now.as_micros());
        agrees(&outcome, status, &content)
    }
}

/// The identifiers that a result names: that of a resource, or one of each member of a group.
pub fn chosen(content: &Json) -> Vec<String> {
    let id = |shown: Option<&Json>| shown.and_then(|shown| shown["ri"].as_str()).unwrap_or("unknown").to_owned();
    match content["m2m:agr"]["m2m:rsp"].as_array() {
        Some(members) => members.iter().map(|member| id(inside(&member["pc"]))).collect(),
        None => vec![id(inside(content))],
    }
}

/// Whether a result is what the model says.
pub fn agrees(outcome: &Outcome, status: u16, content: &Json) -> Result<(), String> {
    ensure!(status == outcome.code, "answered {status} {content}, not {}", outcome.code);
    if let Some(expected) = outcome.shown.as_ref() {
        let shown = inside(content).unwrap_or(&Json::Null);
        ensure!(shown == expected, "shown {shown}, not {expected}");
    }
    if outcome.members.is_empty() {
        return Ok(());
    }
    let said = content["m2m:agr"]["m2m:rsp"].as_array().cloned().unwrap_or_default();
    ensure!(said.len() == outcome.members.len(), "{} members answered, not {}", said.len(), outcome.members.len());
    for ((id, outcome), said) in outcome.members.iter().zip(said) {
        ensure!(said["fr"] == **id, "{} answered in the place of {id}", said["fr"]);
        let status = said["rsc"].as_u64().and_then(|code| code.try_into().ok()).unwrap_or(0);
        agrees(outcome, status, &said["pc"]).map_err(|difference| format!("member {id}: {difference}"))?;
    }
    Ok(())
}
