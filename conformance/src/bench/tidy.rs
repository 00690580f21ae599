//! What a test leaves behind, and how it goes.

use std::sync::PoisonError;

use onem2m_cse::primitive::Status;

use super::Bench;
use crate::ask::{Answer, Asking as _, delete};
use crate::log::Log;

impl Bench {
    /// What is created at the CSEBase has to be deleted again; what is below goes with it.
    pub(super) fn remember(&self, to: &str, answer: &Answer, originator: &str) {
        let subject = &self.inner.subject;
        let identity = &subject.pics.identity;
        let is_base = to == subject.base()
            || to.trim_start_matches('/') == identity.cse_id.trim_start_matches('/')
            || to.ends_with(&format!("/{}", subject.base()));
        let ri = answer.text("ri");
        if is_base && !ri.is_empty() {
            let aei = answer.text("aei");
            let originator = if aei.is_empty() { originator.to_owned() } else { aei };
            self.clean_up(&ri, &originator);
        }
    }

    /// Has a resource deleted when the test is over.
    pub fn clean_up(&self, address: &str, originator: &str) {
        let mut made = self.inner.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.push((address.to_owned(), originator.to_owned()));
    }

    /// Deletes what the test left behind, the youngest first. What is gone already is fine.
    pub async fn tidy(&self) {
        self.delete_all().await;
        self.inner.schedule.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    async fn delete_all(&self) {
        let made = std::mem::take(&mut *self.inner.made.lock().unwrap_or_else(PoisonError::into_inner));
        for (address, originator) in made.into_iter().rev() {
            let silent = Log::default();
            let deleted = self.inner.subject.ask(delete(&address).by(&originator), &silent).await;
            // A policy may have locked its creator out, but not the administrator.
            if deleted.is_ok_and(|response| response.status == Status::ORIGINATOR_HAS_NO_PRIVILEGE) {
                let _ = self.inner.subject.ask(delete(&address).by(self.administrator()), &silent).await;
            }
        }
    }
}
