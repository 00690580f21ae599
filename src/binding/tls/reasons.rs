//! Why a handshake came to nothing, in sentences that say what to look at.

use std::io;

use rustls::{AlertDescription, CertificateError, Error};

use crate::value::Timestamp;

/// The sentence for an error of a handshake. "It" is the other side.
pub(crate) fn reason(error: &io::Error) -> String {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(Error::InvalidCertificate(certificate)) => of_certificate(certificate),
        Some(Error::AlertReceived(alert)) => of_alert(*alert),
        Some(Error::NoCertificatesPresented) => "it shows no certificate, and has to show one".to_owned(),
        Some(Error::InvalidMessage(message)) => format!("it does not speak TLS, or speaks it wrongly ({message:?})"),
        Some(Error::PeerIncompatible(how)) => format!("both sides have no version or cipher suite in common ({how:?})"),
        _ if error.kind() == io::ErrorKind::UnexpectedEof => "it closed the connection in the handshake".to_owned(),
        _ => error.to_string(),
    }
}

fn of_certificate(error: &CertificateError) -> String {
    match error {
        CertificateError::UnknownIssuer => {
            "its certificate was issued by nobody who is trusted here (UnknownIssuer)".to_owned()
        }
        CertificateError::NotValidForNameContext { expected, presented } => {
            let names = if presented.is_empty() { "nobody".to_owned() } else { presented.join(", ") };
            format!("its certificate is for {names}, and not for {:?}", expected.to_str())
        }
        CertificateError::ExpiredContext { not_after, .. } => {
            format!("its certificate expired at {}", moment(not_after.as_secs()))
        }
        CertificateError::NotValidYetContext { not_before, .. } => {
            format!("its certificate is not valid before {}: is the clock right?", moment(not_before.as_secs()))
        }
        other => format!("its certificate cannot be accepted: {other}"),
    }
}

fn of_alert(alert: AlertDescription) -> String {
    match alert {
        AlertDescription::CertificateRequired => {
            "it wants a certificate, and was shown none (CertificateRequired)".to_owned()
        }
        AlertDescription::UnknownCA => {
            "it does not trust who issued the certificate it was shown (UnknownCA)".to_owned()
        }
        AlertDescription::NoApplicationProtocol => {
            "it speaks none of the protocols that it was offered (NoApplicationProtocol)".to_owned()
        }
        other => format!("it refused the handshake ({other:?})"),
    }
}

/// A time in UTC as the standard writes it.
fn moment(seconds: u64) -> Timestamp {
    Timestamp::from_micros(i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000_000))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rustls::pki_types::{ServerName, UnixTime};

    use super::*;

    fn said(error: impl Into<Error>) -> String {
        reason(&io::Error::new(io::ErrorKind::InvalidData, error.into()))
    }

    #[test]
    fn each_says_what_to_look_at() {
        let (time, then) = (UnixTime::now(), UnixTime::since_unix_epoch(Duration::from_secs(1_700_000_000)));
        let expected = ServerName::try_from("b.example").unwrap();
        for (error, sentence) in [
            (CertificateError::UnknownIssuer, "issued by nobody who is trusted here"),
            (CertificateError::ExpiredContext { time, not_after: then }, "expired at 20231114T221320"),
            (CertificateError::NotValidYetContext { time, not_before: then }, "not valid before 20231114T221320"),
            (
                CertificateError::NotValidForNameContext { expected, presented: vec!["a.example".into()] },
                "is for a.example, and not for \"b.example\"",
            ),
            (CertificateError::BadSignature, "cannot be accepted: BadSignature"),
        ] {
            let said = said(error);
            assert!(said.contains(sentence), "{said}");
        }
        assert!(said(Error::AlertReceived(AlertDescription::CertificateRequired)).contains("wants a certificate"));
        assert!(said(Error::AlertReceived(AlertDescription::HandshakeFailure)).contains("refused the handshake"));
        assert!(said(rustls::InvalidMessage::InvalidContentType).contains("does not speak TLS"));
        assert!(reason(&io::ErrorKind::UnexpectedEof.into()).contains("closed the connection"));
    }
}
