//! Subscriptions, and the notifications that come of them.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::Inbox;
use super::inbox::Mailbox;
use super::notification::Notification;
use crate::client::register::is_conflict;
use crate::client::{Client, ClientError, Draft as _, EventType, Resource, Subscription};
use crate::value::{Attr, SmolStr, Value};

const NOTIFICATION_URI: Attr<Vec<SmolStr>> = Attr::new("nu");
const SUBSCRIBER_URI: Attr<SmolStr> = Attr::new("su");

/// Notifications, as they come. Also a [`Stream`].
///
#[cfg_attr(feature = "http", doc = "```no_run")]
#[cfg_attr(not(feature = "http"), doc = "```ignore")]
/// use onem2m_cse::client::{ClientError, EventType, Registered, Subscription};
///
/// # async fn f(lamp: Registered) -> Result<(), ClientError> {
/// let instances = Subscription::new().events([EventType::ChildCreated]);
/// let mut told = lamp.subscribe("cse-in/house/switch", instances).await?;
/// while let Some(notification) = told.next().await {
///     let instance = notification.resource();
///     println!("{:?}", instance.as_ref().and_then(|instance| instance.text("con")));
/// }
/// # Ok(()) }
/// ```
pub struct Notifications {
    client: Client,
    inbox: Arc<Inbox>,
    mailbox: Mailbox,
    subscription: Option<Resource>,
}

impl std::fmt::Debug for Notifications {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Notifications").field("subscription", &self.subscription).finish_non_exhaustive()
    }
}

impl Notifications {
    /// The next notification. `None` after the last word of a subscription that is gone ([`Notification::is_end`]). Nothing
    /// is lost when the future is dropped.
    pub async fn next(&mut self) -> Option<Notification> {
        let item = self.mailbox.items.recv().await?;
        Some(Notification::new(item.content, item.receipt))
    }

    /// The subscription, as the CSE made it. `None` for [`Client::other_notifications`].
    #[must_use]
    pub const fn subscription(&self) -> Option<&Resource> {
        self.subscription.as_ref()
    }

    /// Deletes the subscription. Dropping the stream does not: the CSE is told that nobody is there, and tries again for some
    /// time.
    ///
    /// # Errors
    /// When the CSE does not delete it.
    pub async fn unsubscribe(self) -> Result<(), ClientError> {
        match &self.subscription {
            Some(subscription) => self.client.delete(subscription).await,
            None => Ok(()),
        }
    }
}

impl Stream for Notifications {
    type Item = Notification;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Notification>> {
        let next = self.get_mut().mailbox.items.poll_recv(cx);
        next.map(|item| item.map(|item| Notification::new(item.content, item.receipt)))
    }
}

impl Drop for Notifications {
    fn drop(&mut self) {
        self.inbox.close(self.mailbox.number);
    }
}

impl Client {
    /// Subscribes to a resource, and listens. Unless the subscription says who is to be told
    /// ([`Subscription::notification_uri`]), it is this client, which then also hears of the subscription's end; how it is
    /// reached, [`Reach`](crate::client::Reach) says.
    ///
    /// # Errors
    /// When there is no way to be told, or when the CSE refuses.
    pub async fn subscribe(
        &self,
        target: impl Into<SmolStr>,
        subscription: Subscription,
    ) -> Result<Notifications, ClientError> {
        let subscription = self.addressed(subscription).await?;
        let _expecting = self.ways.inbox.expect();
        let made = self.create(target, subscription).await?;
        Ok(self.listen_to(made))
    }

    /// The same, and a subscription of that name that exists already is taken up: what it tells from now on comes here. Give
    /// it a name of its own ([`Subscription::named`]).
    ///
    /// # Errors
    /// As [`Client::subscribe`]; and when the one that exists may not be read.
    pub async fn subscribe_or_resume(
        &self,
        target: impl Into<SmolStr>,
        subscription: Subscription,
    ) -> Result<Notifications, ClientError> {
        let target = target.into();
        let subscription = self.addressed(subscription).await?;
        let _expecting = self.ways.inbox.expect();
        let name = subscription.attributes.get("rn").and_then(Value::as_text).map(SmolStr::from);
        let refused = match (self.create(target.clone(), subscription.clone()).await, name) {
            (Ok(made), _) => return Ok(self.listen_to(made)),
            (Err(error), Some(name)) if is_conflict(&error) => (error, name),
            (Err(error), _) => return Err(error),
        };
        let (refused, name) = refused;
        let there = self.retrieve(format!("{target}/{name}")).await?;
        if there.root() != subscription.root() {
            return Err(refused);
        }
        let wanted = NOTIFICATION_URI.get(&subscription.attributes);
        if there.get(&NOTIFICATION_URI) != wanted {
            self.update(&there, Subscription::new().notification_uri(wanted.unwrap_or_default())).await?;
        }
        Ok(self.listen_to(there))
    }

    /// Listens to whatever no other stream of this client takes: notifications of subscriptions that others made, or that an
    /// earlier run of the program made. Begun before that run's are resumed, it takes theirs as well.
    ///
    /// # Errors
    /// When there is no way to be told.
    pub async fn other_notifications(&self) -> Result<Notifications, ClientError> {
        let mailbox = self.ways.inbox.open_rest();
        let stream = self.stream(mailbox, None);
        self.ways.open(self).await?;
        Ok(stream)
    }

    /// A subscription that names this client, unless it names somebody.
    async fn addressed(&self, subscription: Subscription) -> Result<Subscription, ClientError> {
        let url = self.ways.open(self).await?;
        let attributes = &subscription.attributes;
        if NOTIFICATION_URI.is_in(attributes) {
            return Ok(subscription);
        }
        // TS-0001 9.6.8: a subscription that blocks changes has nothing but its events and its target.
        let has_subscriber = SUBSCRIBER_URI.is_in(attributes) || subscription.has_event(EventType::BlockingUpdate);
        // An AE is told by its name: where it listens may change.
        let name = self.originator.clone().filter(|_| url.is_none() || self.entity.is_some());
        match name.or(url) {
            // TS-0004 7.5.1.2.4: only the subscriber hears that the subscription is gone.
            Some(target) if has_subscriber => Ok(subscription.notification_uri([target])),
            Some(target) => Ok(subscription.notification_uri([target.clone()]).subscriber_uri(target)),
            None => Err(ClientError::Impossible("notifications need an originator to be told to".to_owned())),
        }
    }

    fn listen_to(&self, subscription: Resource) -> Notifications {
        let mailbox = self.ways.inbox.open(subscription.address(), subscription.resource_name());
        self.stream(mailbox, Some(subscription))
    }

    fn stream(&self, mailbox: Mailbox, subscription: Option<Resource>) -> Notifications {
        Notifications { client: self.clone(), inbox: Arc::clone(&self.ways.inbox), mailbox, subscription }
    }
}
