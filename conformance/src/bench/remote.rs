//! What tests have in common in which the tester is a remote CSE.

use onem2m_cse::primitive::Request;
use serde_json::{Value as Json, json};

use super::{Bench, NOTIFIED, Place};
use crate::ask::{Asking as _, create};
use crate::kind::CSR;
use crate::remote::{Asked, Remote};
use crate::verdict::Stop;

impl Bench {
    /// A CSE of the tester's own, of which the subject knows nothing yet.
    #[must_use]
    pub fn remote(&self) -> Remote {
        self.inner.listener.remote(&self.unique(), &self.inner.log)
    }

    /// Its registration with the subject, with more attributes; null takes one away that would be there.
    #[must_use]
    pub fn registration_of(&self, remote: &Remote, more: Json) -> Request {
        let mut attributes = json!({
            "rn": self.unique(), "cst": 2, "csi": remote.cse_id, "cb": remote.base, "rr": true, "srv": ["2a", "3"],
            "poa": [remote.point_of_access],
        });
        super::places::change(&mut attributes, more);
        create(self.subject().base(), CSR, &attributes).by(&remote.cse_id)
    }

    /// A CSE of the tester's own that has registered with the subject, and the remoteCSE there.
    ///
    /// # Errors
    /// Inconclusive, when it cannot register.
    pub async fn registered(&self, more: Json) -> Result<(Remote, Place), Stop> {
        let remote = self.remote();
        let answer = self.prepare(self.registration_of(&remote, more)).await?;
        let place = Place { originator: remote.cse_id.clone(), ..self.made_at(CSR, &self.base(), &answer) };
        self.clean_up(&place.ri, &remote.cse_id);
        Ok((remote, place))
    }

    /// The remote CSE has to be asked something that meets a condition.
    ///
    /// # Errors
    /// Fail, when it is not in time.
    pub async fn asked_of(&self, remote: &Remote, what: &str, meets: impl Fn(&Asked) -> bool) -> Result<Asked, Stop> {
        let found = remote.wait_for(NOTIFIED, meets).await;
        found.ok_or_else(|| {
            let others: Vec<String> =
                remote.asked().iter().map(|asked| format!("{} {}", asked.operation.name(), asked.to)).collect();
            Stop::Fail(format!(
                "tester's CSE: expected {what} within {} s, it was asked [{}]",
                NOTIFIED.as_secs(),
                others.join(", ")
            ))
        })
    }
}
