//! Requests that are acknowledged first.

use onem2m_cse::primitive::{Request, Response};
use serde_json::Value as Json;

use super::judge::{agrees, chosen};
use super::{Ask, Stage, ensure, inside};
use crate::model::code;

impl Stage {
    pub(super) fn acknowledged(&mut self, ask: &Ask, response: &Response, shown: Option<&Json>) -> Result<(), String> {
        let ri = shown.and_then(Json::as_str).ok_or("the acknowledgement names no resource")?;
        let path = format!("cse-in/{ri}");
        ensure!(self.model.path_of(ri).is_none(), "{ri} is the identifier of another");
        // What was said beside the operation is kept as the CSE keeps it; the rest is compared.
        let seen = self.look(&Request::retrieve(&*path).from("CAdmin").identified("look"))?;
        let meta = seen.as_ref().and_then(inside).map_or(Json::Null, |seen| seen["mi"].clone());
        self.tally.successes += 1;
        let asked = ask.asked(true, Vec::new());
        let now = self.now.as_micros();
        let expected = self.model.accept(&asked, &ask.manner, &response.request_identifier, ri, &meta, now);
        let status = response.status.code();
        ensure!(status == expected, "acknowledged with {status}, not {expected}");
        super::same(seen.as_ref().and_then(inside), &self.model, &path)
    }

    /// What the engine has done of what it had acknowledged, the model does now; what is due is done.
    pub(super) fn settle(&mut self) -> Result<(), String> {
        let now = self.now.as_micros();
        let mut due: Vec<_> = self.model.orders.iter().filter(|(_, order)| order.due <= now).collect();
        due.sort_by_key(|(path, order)| (order.due, self.model.nodes[*path].number));
        for (path, order) in due.into_iter().map(|(path, order)| (path.clone(), order.clone())).collect::<Vec<_>>() {
            let seen = self.look(&Request::retrieve(&*path).from("CAdmin").identified("look"))?;
            let Some(seen) = seen.as_ref().and_then(inside) else { continue };
            if seen["rs"] == 3 {
                continue;
            }
            let said = &seen["ors"];
            ensure!(said["rqi"] == *order.identifier, "{said} is the result of another than {}", order.identifier);
            let status: u16 = said["rsc"].as_u64().and_then(|code| code.try_into().ok()).unwrap_or(0);
            let mut asked = order.asked;
            asked.welcome = status != code::VERIFICATION_FAILED;
            asked.chosen = chosen(&said["pc"]);
            let outcome = self.model.settle(&path, &asked, said, now);
            self.tally.requests += 1;
            self.tally.dispatched += u64::from(!matches!(status, 4000..=4001));
            self.tally.successes += u64::from(outcome.code < 3000);
            agrees(&outcome, status, &said["pc"]).map_err(|difference| format!("{path} {asked:?}: {difference}"))?;
        }
        Ok(())
    }

    /// What was due and is not done waits for somebody from now on.
    pub(super) fn taken_up(&mut self) {
        let now = self.now.as_micros();
        for order in self.model.orders.values_mut().filter(|order| order.due <= now) {
            order.taken_up.get_or_insert(now);
        }
    }

    /// Whatever is due and waits for nobody has been done.
    pub(super) fn nothing_is_left_undone(&self) -> Result<(), String> {
        let now = self.now.as_micros();
        // One that asks whether somebody wants notifications, or did when its program ended, is taken up later.
        let late = self.model.orders.values().find(|order| order.due <= now && order.asked.ty != 23);
        ensure!(late.is_none(), "due and not done: {late:?}");
        Ok(())
    }
}
