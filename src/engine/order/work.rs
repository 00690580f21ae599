//! Carrying out what was acknowledged, and keeping the result (TS-0004 7.3.2.5).

use super::kept::Order;
use crate::codec::primitive;
use crate::engine::context::{Change, ChangeKind, Context, Stop};
use crate::engine::update;
use crate::notify;
use crate::primitive::{Request, Response};
use crate::resource::RequestStatus;
use crate::store::StoreError;
use crate::tree::due::{Due, DueKind};
use crate::tree::{Node, View};
use crate::value::{Map, Timestamp, Value};

/// How long a request may take until it is looked at again, in seconds. Whatever became of it, after a restart or a
/// failure it is taken up then.
const VISIBILITY: i64 = 60;

/// Takes up what a request resource stands for, when its time has come. `busy` says that somebody is at it already.
///
/// # Errors
/// When the store fails.
pub fn take_up(view: &mut View<'_>, due: Due, now: Timestamp, busy: bool) -> Result<Option<Box<Request>>, StoreError> {
    view.disarm(due);
    let Some(mut order) = read(view, due.node)? else {
        view.take_order(due.node);
        return Ok(None);
    };
    if order.due != due.at {
        return Ok(None);
    }
    order.due = now.plus_seconds(VISIBILITY);
    view.put_order(due.node, order.encode(), order.due);
    if busy {
        return Ok(None);
    }
    // From here on it is a request like any other.
    let mut request = order.request;
    (request.response_type, request.notification_uris) = (None, None);
    (request.operation_execution_time, request.result_persistence) = (None, None);
    Ok(Some(Box::new(request)))
}

/// Whether what a request resource stands for is still to be carried out: it may have gone meanwhile.
pub fn stands(view: &View<'_>, resource: Node) -> bool {
    // A store that fails says so to whoever carries it out.
    !matches!(view.order(resource), Ok(None))
}

/// Forgets what a request resource stands for.
///
/// # Errors
/// When the store fails.
pub fn forget(view: &mut View<'_>, resource: Node) -> Result<(), StoreError> {
    if let Some(order) = read(view, resource)? {
        view.disarm(execution(resource, order.due));
    }
    view.take_order(resource);
    Ok(())
}

/// Keeps the result in the request resource, and tells whoever is to be told.
///
/// # Errors
/// When the store fails.
pub fn complete(cx: &mut Context<'_>, resource: Node, result: &Response) -> Result<(), Stop> {
    let Some(order) = read(&cx.view, resource)? else { return Ok(()) };
    forget(&mut cx.view, resource)?;
    // The operation may have deleted the resource that stands for it.
    let Some(record) = cx.view.record(resource)? else { return Ok(()) };
    let mut response = primitive::from_response(result);
    response.set("fr", cx.core.config.cse_id.clone());
    let mut kept = response.clone();
    // TS-0004 table 6.3.5.32-1 has no place for these two.
    kept.remove("rvi");
    kept.remove("vsi");
    let status = if result.status.is_success() { RequestStatus::Completed } else { RequestStatus::Failed };
    let wanted = Map::from_iter([("rs", Value::from(status.number())), ("ors", kept.into())]);
    let next = update::replace(cx, &record, wanted, record.expiration_time)?;
    notify::updated(cx, &record, &next, &Map::new())?;
    cx.changes.push(Change { kind: ChangeKind::Updated, record: next, before: Some(record) });
    for target in &order.targets {
        let content = Map::from_iter([("m2m:rsp", response.clone())]);
        match notify::result(cx, resource, target, &content.into()) {
            Err(stop @ Stop::Fail(_)) => return Err(stop),
            // It is kept all the same, and can be fetched.
            Err(stop) => tracing::warn!(?stop, %target, "nobody can be told of the result of a request there"),
            Ok(()) => {}
        }
    }
    Ok(())
}

fn read(view: &View<'_>, resource: Node) -> Result<Option<Order>, StoreError> {
    let Some(bytes) = view.order(resource)? else { return Ok(None) };
    let order = Order::decode(&bytes);
    if let Err(rejection) = &order {
        // A damaged one must not stop the clock for all others.
        tracing::error!(resource = resource.0, %rejection, "a request that was acknowledged cannot be read any more");
    }
    Ok(order.ok())
}

const fn execution(resource: Node, at: Timestamp) -> Due {
    Due { at, kind: DueKind::Execute, node: resource }
}
