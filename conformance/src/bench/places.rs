//! What a test creates, and where.

use std::sync::{Arc, PoisonError};

use onem2m_cse::primitive::{ReleaseVersion, Request};
use serde_json::{Value as Json, json};

use super::Bench;
use crate::ask::{Answer, Asking as _, at, create, update};
use crate::kind::{
    self, ACP, AE, ASAR, CB, CIN, CNT, CSR, Kind, LCP, MGC, MGO, MSSP, NOD, PCH, SCH, STCG, STCL, SUB, Surroundings,
    TS, TSI,
};
use crate::verdict::Stop;

/// Somewhere to create things: a resource, and who may do so.
#[derive(Clone, Debug)]
pub struct Place {
    /// The type.
    pub kind: Kind,
    /// The structured address.
    pub path: String,
    /// Who owns it.
    pub originator: String,
    /// The resource identifier.
    pub ri: String,
}

impl Bench {
    /// Registers an AE of this test's own.
    ///
    /// # Errors
    /// Inconclusive, when it cannot.
    pub async fn ae(&self) -> Result<Place, Stop> {
        self.ae_with(json!({})).await
    }

    /// The same with more attributes.
    ///
    /// # Errors
    /// Inconclusive, when it cannot.
    pub async fn ae_with(&self, more: Json) -> Result<Place, Stop> {
        let request = self.registration(more);
        let answer = self.prepare(request).await?;
        let (aei, rn) = (answer.text("aei"), answer.text("rn"));
        let path = format!("{}/{rn}", self.subject().base());
        Ok(Place { kind: AE, path, originator: aei, ri: answer.text("ri") })
    }

    /// The registration of a new AE, with more attributes. Null takes one away that would be there.
    #[must_use]
    pub fn registration(&self, more: Json) -> Request {
        let name = self.unique();
        let originator = self.inner.subject.pics.originators.ae.replace("{name}", &name);
        let mut attributes = kind::minimal(AE, &Surroundings::default());
        if self.release() == ReleaseVersion::R1 {
            change(&mut attributes, json!({"srv": null}));
        }
        change(&mut attributes, json!({"rn": name}));
        change(&mut attributes, more);
        create(self.subject().base(), AE, &attributes).by(&originator)
    }

    /// The CSEBase, for the administrator.
    #[must_use]
    pub fn base(&self) -> Place {
        let path = self.subject().base().to_owned();
        let ri = self.subject().pics.identity.cse_id.trim_start_matches('/').to_owned();
        Place { kind: CB, path, originator: self.administrator().to_owned(), ri }
    }

    /// The least that a type has to bring, for the owner of a place.
    #[must_use]
    pub fn minimal(&self, kind: Kind, place: &Place) -> Json {
        let around = Surroundings {
            originator: place.originator.clone(),
            listener: self.inner.listener.anywhere(),
            unique: self.unique(),
        };
        kind::minimal(kind, &around)
    }

    /// Where a resource of this type can be created, in a place: the place itself, or what has to lie between. Ask for it
    /// before each [`creation`](Self::creation) of a type that comes from a table.
    ///
    /// # Errors
    /// Inconclusive, when it cannot be made.
    pub async fn home(&self, kind: Kind, place: &Place) -> Result<Place, Stop> {
        let at_base = !place.path.contains('/');
        match kind {
            CIN => self.make(CNT, place, json!({})).await,
            TSI => self.make(TS, place, json!({})).await,
            // TS-0001 table 9.6.5-1: an AE has no schedule; a subscription has one.
            SCH if !at_base => self.make(SUB, place, json!({})).await,
            // TS-0001 table 9.6.3-1: one schedule only.
            SCH => {
                self.inner.hold_schedule().await;
                Ok(place.clone())
            }
            PCH if at_base => self.ae().await,
            MGO => self.make(NOD, &self.base(), json!({})).await,
            AE | CSR | NOD | LCP | MGC | MSSP | ASAR | STCG | STCL => Ok(self.base()),
            _ => Ok(place.clone()),
        }
    }

    /// The CREATE of a minimal resource of this type directly below a place, by whoever owns the place; AEs and CSEs
    /// register themselves. `more` adds attributes; null takes one away that would be there.
    #[must_use]
    pub fn creation(&self, kind: Kind, place: &Place, more: Json) -> Request {
        if kind == AE {
            return self.registration(more);
        }
        let mut attributes = self.minimal(kind, place);
        change(&mut attributes, more);
        let originator = match kind {
            CSR => at(&attributes, "csi").as_str().unwrap_or_default().to_owned(),
            _ => place.originator.clone(),
        };
        create(&place.path, kind, &attributes).by(&originator)
    }

    /// Creates a minimal resource of this type directly below a place, as preparation.
    ///
    /// # Errors
    /// Inconclusive, when it cannot.
    pub async fn make(&self, kind: Kind, place: &Place, more: Json) -> Result<Place, Stop> {
        let answer = self.prepare(self.creation(kind, place, more)).await?;
        Ok(self.made_at(kind, place, &answer))
    }

    /// The same in a place, where what has to lie between is made first.
    ///
    /// # Errors
    /// Inconclusive, when it cannot.
    pub async fn make_in(&self, kind: Kind, place: &Place, more: Json) -> Result<Place, Stop> {
        let home = self.home(kind, place).await?;
        self.make(kind, &home, more).await
    }

    /// The place that a CREATE of this type made.
    #[must_use]
    pub fn made_at(&self, kind: Kind, parent: &Place, answer: &Answer) -> Place {
        let path = format!("{}/{}", parent.path, answer.text("rn"));
        // An AE and a CSE own what they register.
        let own = [answer.text("aei"), answer.text("csi")].into_iter().find(|id| !id.is_empty());
        Place { kind, path, originator: own.unwrap_or_else(|| parent.originator.clone()), ri: answer.text("ri") }
    }

    /// A new minimal resource of this type, below a new AE where the type allows that.
    ///
    /// # Errors
    /// Inconclusive, when it cannot be made.
    pub async fn a(&self, kind: Kind) -> Result<Place, Stop> {
        match kind {
            CB => Ok(self.base()),
            AE => self.ae().await,
            _ => {
                let ae = self.ae().await?;
                let home = self.home(kind, &ae).await?;
                self.make(kind, &home, json!({})).await
            }
        }
    }

    /// A new minimal resource of this type, below the CSEBase where the type allows that.
    ///
    /// # Errors
    /// Inconclusive, when it cannot be made.
    pub async fn a_at_base(&self, kind: Kind) -> Result<Place, Stop> {
        let home = self.home(kind, &self.base()).await?;
        self.make(kind, &home, json!({})).await
    }

    /// Locks a place: only its owner may do anything with it, and with what has no policy of its own below it. The
    /// policy is made in `within`, an AE or the CSEBase.
    ///
    /// # Errors
    /// Inconclusive, when that cannot be done.
    pub async fn lock(&self, place: &Place, within: &Place) -> Result<(), Stop> {
        let policy = self.make(ACP, within, json!({"pv": kind::grants(&place.originator)})).await?;
        let locked = update(&place.path, place.kind, &json!({"acpi": [policy.ri]})).by(&place.originator);
        self.prepare(locked).await.map(drop)
    }

    /// A policy in a place that grants its owner everything, and these originators these operations (1 CREATE,
    /// 2 RETRIEVE, 4 UPDATE, 8 DELETE, 16 NOTIFY, 32 DISCOVERY, added up).
    ///
    /// # Errors
    /// Inconclusive, when it cannot be made.
    pub async fn policy(&self, place: &Place, originators: &[&str], operations: u32) -> Result<Place, Stop> {
        let owner = place.originator.as_str();
        let rules = json!({"acr": [{"acor": [owner], "acop": 63}, {"acor": originators, "acop": operations}]});
        self.make(ACP, place, json!({"pv": rules, "pvs": kind::grants(owner)})).await
    }
}

impl super::Inner {
    /// Waits until no other test has the one schedule that the CSEBase may have.
    async fn hold_schedule(&self) {
        let mine = self.schedule.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        if !mine {
            let guard = Arc::clone(&self.subject.schedule).lock_owned().await;
            self.schedule.lock().unwrap_or_else(PoisonError::into_inner).replace(guard);
        }
    }
}

/// Puts the members of an object into another. Null takes out what is there; where nothing is, it is a null that is sent.
pub(super) fn change(attributes: &mut Json, more: Json) {
    let (Some(into), Json::Object(more)) = (attributes.as_object_mut(), more) else { return };
    for (name, value) in more {
        if value.is_null() && into.contains_key(&name) {
            into.shift_remove(&name);
        } else {
            into.insert(name, value);
        }
    }
}
