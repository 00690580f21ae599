//! How long a `<request>` resource is kept (TS-0004 table 7.3.2.2-1).

use crate::config::CseConfig;
use crate::primitive::{Rejection, Request};
use crate::value::{AbsRelTimestamp, Timestamp};

/// When the operation is carried out, and when its result is forgotten.
///
/// # Errors
/// 4000 when the result would be forgotten before it is there, or kept longer than anything here.
pub fn of(config: &CseConfig, request: &Request, now: Timestamp) -> Result<(Timestamp, Timestamp), Rejection> {
    let begins = request.operation_execution_time.map_or(now, |at| at.resolve(now)).max(now);
    let seconds = |seconds: u64| i64::try_from(seconds).unwrap_or(i64::MAX);
    let most = now.plus_seconds(seconds(config.maximum_lifetime));
    let too_long = |what: &str| {
        let most = config.maximum_lifetime;
        Err(Rejection::bad_request(format!("{what}: expected a time at most {most} seconds ahead")))
    };
    if begins >= most {
        return too_long("operationExecutionTime (oet)");
    }
    let result_expires = request.result_expiration_timestamp.map(|at| at.resolve(now));
    if let Some(persistence) = request.result_persistence {
        // A relative one says how long the result is kept, and that is not there before the operation begins.
        let until = match persistence {
            AbsRelTimestamp::At(at) => at,
            relative @ AbsRelTimestamp::After(_) => relative.resolve(begins),
        };
        if until <= begins {
            let what = "resultPersistence (rp): expected a time after the operation is carried out";
            return Err(Rejection::bad_request(what));
        }
        if until > most {
            return too_long("resultPersistence (rp)");
        }
        // TS-0001 8.1.2: it outlasts the result expiration time.
        return Ok((begins, result_expires.map_or(until, |at| at.max(until)).min(most)));
    }
    if let Some(until) = result_expires {
        return if until > most { too_long("resultExpirationTimestamp (rset)") } else { Ok((begins, until)) };
    }
    if let Some(until) = request.request_expiration_timestamp.map(|at| at.resolve(now)) {
        return if until > most { too_long("requestExpirationTimestamp (rqet)") } else { Ok((begins, until)) };
    }
    Ok((begins, begins.plus_seconds(seconds(config.limits.request_lifetime.max(1))).min(most)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lifetime(change: impl FnOnce(&mut Request)) -> Result<(i64, i64), Rejection> {
        let mut config = CseConfig { maximum_lifetime: 10_000, ..CseConfig::default() };
        config.limits.request_lifetime = 3600;
        let mut request = Request::retrieve("x");
        change(&mut request);
        let now = Timestamp::from_micros(0);
        of(&config, &request, now).map(|(begins, ends)| (begins.as_seconds(), ends.as_seconds()))
    }

    const fn after(seconds: i64) -> Option<AbsRelTimestamp> {
        Some(AbsRelTimestamp::After(seconds * 1000))
    }

    #[test]
    fn who_says_nothing_has_an_hour_from_the_result_on() {
        assert_eq!(lifetime(|_| ()).unwrap(), (0, 3600));
        assert_eq!(lifetime(|r| r.operation_execution_time = after(60)).unwrap(), (60, 3660));
        assert_eq!(lifetime(|r| r.operation_execution_time = after(-60)).unwrap(), (0, 3600));
        assert_eq!(lifetime(|r| r.operation_execution_time = after(9000)).unwrap(), (9000, 10_000), "cut");
    }

    #[test]
    fn the_persistence_comes_first_then_the_end_of_the_result_then_that_of_the_request() {
        let all = |r: &mut Request| {
            r.result_persistence = after(50);
            r.result_expiration_timestamp = after(20);
            r.request_expiration_timestamp = after(10);
        };
        assert_eq!(lifetime(all).unwrap(), (0, 50));
        let two = |r: &mut Request| {
            all(r);
            r.result_persistence = None;
        };
        assert_eq!(lifetime(two).unwrap(), (0, 20));
        assert_eq!(lifetime(|r| r.request_expiration_timestamp = after(10)).unwrap(), (0, 10));
        let short = |r: &mut Request| {
            all(r);
            r.result_persistence = after(5);
        };
        assert_eq!(lifetime(short).unwrap(), (0, 20), "persistence outlasts the result's expiration");
        let late = |r: &mut Request| {
            r.result_persistence = after(50);
            r.operation_execution_time = after(100);
        };
        assert_eq!(lifetime(late).unwrap(), (100, 150));
    }

    #[test]
    fn what_is_too_long_or_over_before_it_begins_is_named() {
        let names = |change: fn(&mut Request)| lifetime(change).unwrap_err().reason.into_owned();
        assert!(names(|r| r.result_persistence = after(10_001)).starts_with("resultPersistence (rp)"));
        assert!(names(|r| r.result_persistence = after(0)).starts_with("resultPersistence (rp)"));
        assert!(names(|r| r.result_expiration_timestamp = after(10_001)).contains("(rset)"));
        assert!(names(|r| r.request_expiration_timestamp = after(10_001)).contains("(rqet)"));
        assert!(names(|r| r.operation_execution_time = after(10_000)).contains("(oet)"));
    }
}
