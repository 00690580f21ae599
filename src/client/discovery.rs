//! Discovery (TS-0001 10.2.6), page by page.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use super::operations::unexpected;
use super::{Client, ClientError};
use crate::binding::BoxFuture;
use crate::primitive::{ContentStatus, DiscoveryResultType, FilterCriteria, Request, Response};
use crate::value::{SmolStr, Value};

/// The addresses of resources, one after the other. Pages are fetched when they are needed. Also a [`Stream`].
///
#[cfg_attr(feature = "http", doc = "```no_run")]
#[cfg_attr(not(feature = "http"), doc = "```ignore")]
/// # async fn f(client: onem2m_cse::client::Client) -> Result<(), onem2m_cse::client::ClientError> {
/// let mut rooms = client.discover("cse-in").labelled("room:kitchen").of_type(3);
/// while let Some(address) = rooms.next().await {
///     println!("{}", address?);
/// }
/// # Ok(()) }
/// ```
#[must_use]
pub struct Discovery {
    client: Client,
    target: SmolStr,
    criteria: FilterCriteria,
    naming: Option<DiscoveryResultType>,
    found: VecDeque<SmolStr>,
    /// Where the next page begins; `None` at the end.
    next: Option<u64>,
    fetching: Option<BoxFuture<Result<Page, ClientError>>>,
}

/// Some addresses, and where the next page begins.
type Page = (VecDeque<SmolStr>, Option<u64>);

impl std::fmt::Debug for Discovery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Discovery")
            .field("target", &self.target)
            .field("criteria", &self.criteria)
            .finish_non_exhaustive()
    }
}

impl Discovery {
    pub(super) fn new(client: Client, target: SmolStr) -> Self {
        let limit = Some(client.courier.config.page.max(1));
        let criteria = FilterCriteria { limit, ..FilterCriteria::discovery() };
        Self { client, target, criteria, naming: None, found: VecDeque::new(), next: Some(1), fetching: None }
    }

    /// Only what has this label, or another one that is named like this.
    pub fn labelled(mut self, label: impl Into<SmolStr>) -> Self {
        self.criteria.labels.push(label.into());
        self
    }

    /// Only what is of this type, or another one that is named like this.
    pub fn of_type(mut self, resource_type: u32) -> Self {
        self.criteria.resource_type.push(resource_type);
        self
    }

    /// Only so many levels below the target.
    pub fn levels(mut self, levels: u64) -> Self {
        self.criteria.level = Some(levels);
        self
    }

    /// Any other conditions. What was said before is forgotten, but for what the filter leaves open: the size of a page.
    pub fn filtered(mut self, criteria: FilterCriteria) -> Self {
        let limit = criteria.limit.or(self.criteria.limit);
        self.next = Some(criteria.offset.unwrap_or(1));
        self.criteria = FilterCriteria { limit, filter_usage: FilterCriteria::discovery().filter_usage, ..criteria };
        self
    }

    /// Identifiers (`cnt-5`) instead of paths (`cse-in/ae/temps`).
    pub fn unstructured(mut self) -> Self {
        self.naming = Some(DiscoveryResultType::Unstructured);
        self
    }

    /// The next address. `None` when that was all; after an error, too. Nothing is lost when the future is dropped.
    pub async fn next(&mut self) -> Option<Result<SmolStr, ClientError>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// All that are left, but no more than so many.
    ///
    /// # Errors
    /// The first error.
    pub async fn at_most(&mut self, most: usize) -> Result<Vec<SmolStr>, ClientError> {
        let mut all = Vec::new();
        while all.len() < most {
            let Some(address) = self.next().await else { break };
            all.push(address?);
        }
        Ok(all)
    }

    fn fetch(&self, offset: u64) -> BoxFuture<Result<Page, ClientError>> {
        let mut criteria = self.criteria.clone();
        // A CSE that knows no pages is not troubled with the number of the first one.
        criteria.offset = (offset > 1).then_some(offset);
        let mut request = Request::retrieve(self.target.clone()).filtered(criteria);
        request.discovery_result_type = self.naming;
        let client = self.client.clone();
        Box::pin(async move {
            let response = client.demand(request).await?;
            Ok((addresses(&response.value())?, following(&response, offset)))
        })
    }
}

impl Stream for Discovery {
    type Item = Result<SmolStr, ClientError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            if let Some(fetching) = &mut this.fetching {
                let page = ready!(fetching.as_mut().poll(cx));
                this.fetching = None;
                match page {
                    Ok(page) => (this.found, this.next) = page,
                    Err(error) => return Poll::Ready(Some(Err(error))),
                }
            }
            if let Some(address) = this.found.pop_front() {
                return Poll::Ready(Some(Ok(address)));
            }
            let Some(offset) = this.next.take() else { return Poll::Ready(None) };
            this.fetching = Some(this.fetch(offset));
        }
    }
}

/// The addresses in `m2m:uril`: a list, or one text with spaces. An answer without content found nothing.
fn addresses(content: &Value) -> Result<VecDeque<SmolStr>, ClientError> {
    if content.is_null() {
        return Ok(VecDeque::new());
    }
    let wrong = || unexpected("a list of addresses (m2m:uril)", content);
    let list = content.as_map().and_then(|map| map.get("m2m:uril")).ok_or_else(wrong)?;
    match list {
        Value::Text(text) => Ok(text.split_whitespace().map(SmolStr::from).collect()),
        Value::List(items) => {
            items.iter().map(|item| item.as_text().map(SmolStr::from)).collect::<Option<_>>().ok_or_else(wrong)
        }
        _ => Err(wrong()),
    }
}

/// Where the next page begins. A page that leads nowhere, or back, is the last one: nobody is to walk in circles.
fn following(response: &Response, offset: u64) -> Option<u64> {
    let next = response.content_offset.filter(|next| *next > offset);
    next.filter(|_| response.content_status == Some(ContentStatus::Partial))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::primitive::Status;
    use crate::value::Map;

    #[test]
    fn pages_lead_on_or_end() {
        let mut page = Response::new(Status::OK, &Request::retrieve("x"));
        assert_eq!(following(&page, 1), None);
        (page.content_status, page.content_offset) = (Some(ContentStatus::Partial), Some(11));
        assert_eq!(following(&page, 1), Some(11));
        assert_eq!(following(&page, 11), None, "in circles");
        page.content_status = Some(ContentStatus::Full);
        assert_eq!(following(&page, 1), None);
    }

    #[test]
    fn what_is_no_list_of_addresses_is_an_error() {
        let list = |value: Value| addresses(&Map::from_iter([("m2m:uril", value)]).into()).map(|all| all.len()).ok();
        assert_eq!(list(vec!["a", "b"].into()), Some(2));
        assert_eq!(list("a b c".into()), Some(3));
        assert_eq!(list(Vec::<Value>::new().into()), Some(0));
        assert_eq!(list(1_u64.into()), None);
        assert_eq!(list(vec![Value::Bool(true)].into()), None);
        assert_eq!(addresses(&Value::Null).unwrap().len(), 0);
        assert!(addresses(&"what".into()).is_err());
    }
}
