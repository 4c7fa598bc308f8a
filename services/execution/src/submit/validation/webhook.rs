//! Webhook of a submission: checks its URL against the rules of the installation.

use std::net::IpAddr;

use url::{Host, Url};
use wire::{FieldError, WebhookBody};

use crate::settings::{PlainHttp, Settings, WebhookRules};

/// Maximum length of a URL.
const MAX_URL: usize = 2000;

/// Ports below are those of mail, DNS, shells and other services that must not receive requests chosen by strangers.
const MIN_OTHER_PORT: u16 = 1024;

/// The normalized URL, if there is one. The addresses of a host name are checked when it is called.
pub(super) fn check(wanted: Option<WebhookBody>, settings: &Settings) -> Result<Option<String>, FieldError> {
    let Some(WebhookBody { url }) = wanted else { return Ok(None) };
    let Some(rules) = &settings.webhooks else {
        return Err(FieldError::new(
            "webhook",
            "is not taken here: this server sends none. Who runs it can change that (webhooks.secret)",
        ));
    };
    match parse_url(&url, rules) {
        Ok(url) => Ok(Some(url.into())),
        Err(message) => Err(FieldError::new("webhook.url", message)),
    }
}

fn parse_url(text: &str, rules: &WebhookRules) -> Result<Url, String> {
    if text.len() > MAX_URL {
        return Err(format!("must be at most {MAX_URL} bytes; it has {}", text.len()));
    }
    let url =
        Url::parse(text).map_err(|_| "must be an address such as https://school.example/hook".to_owned())?;
    match (url.scheme(), rules.plain_http) {
        ("https", _) | ("http", PlainHttp::Allowed) => {}
        ("http", PlainHttp::Refused) => {
            return Err("must begin with https://, so that nobody on the way reads the job's id".to_owned());
        }
        _ => return Err("must begin with https://".to_owned()),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not have a user or a password in it: messages are signed instead".to_owned());
    }
    if url.port_or_known_default().is_some_and(|port| port < MIN_OTHER_PORT && ![80, 443].contains(&port)) {
        return Err(format!(
            "must have port 80, 443, or one from {MIN_OTHER_PORT} on: others are no web server's"
        ));
    }
    let address = match url.host() {
        Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        Some(Host::Domain(_)) | None => None,
    };
    if address.is_some_and(|address| !rules.addresses.permits(address)) {
        return Err("must be an address of the public internet".to_owned());
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use model::AddressRule;

    use super::*;

    fn webhook_body(url: &str) -> WebhookBody {
        WebhookBody { url: url.to_owned() }
    }

    fn settings(plain_http: PlainHttp) -> Settings {
        let rules = WebhookRules { addresses: AddressRule::default(), plain_http };
        Settings { webhooks: Some(rules), ..Settings::default() }
    }

    #[track_caller]
    fn check_refused(url: &str, says: &str) {
        let error = check(Some(webhook_body(url)), &settings(PlainHttp::Refused)).expect_err(url);
        assert!(error.field == "webhook.url" && error.message.contains(says), "{url}: {error:?}");
    }

    #[test]
    fn an_address_is_refused_where_the_server_sends_none() {
        let error = check(Some(webhook_body("https://school.example")), &Settings::default())
            .expect_err("none is sent");
        assert!(error.field == "webhook" && error.message.contains("webhooks.secret"), "{error:?}");
        assert_eq!(check(None, &Settings::default()), Ok(None));
    }

    #[test]
    fn what_can_be_called_is_taken_as_it_is_called() {
        let accepted = |url, plain_http| check(Some(webhook_body(url)), &settings(plain_http)).expect(url);
        let https = accepted("https://School.example/hook?a=b", PlainHttp::Refused);
        assert_eq!(https.as_deref(), Some("https://school.example/hook?a=b"));
        assert!(accepted("http://school.example:8080/", PlainHttp::Allowed).is_some());
        assert!(accepted("https://93.184.216.34/", PlainHttp::Refused).is_some());
    }

    #[test]
    fn invalid_urls_are_refused_with_advice() {
        for url in ["", "school.example", "/hook", "https://"] {
            check_refused(url, "must be an address such as");
        }
        check_refused("http://school.example/", "must begin with https://");
        for url in ["ftp://school.example/", "file:///etc/passwd", "javascript:alert(1)"] {
            check_refused(url, "must begin with https://");
        }
        check_refused("https://me@school.example/", "must not have a user");
        check_refused(
            &format!("https://school.example/{}", "x".repeat(MAX_URL)),
            "must be at most 2000 bytes",
        );
    }

    #[test]
    fn a_server_that_is_no_web_server_was_called() {
        for port in [0, 22, 25, 53, 445, 1023] {
            check_refused(
                &format!("https://school.example:{port}/"),
                "must have port 80, 443, or one from 1024 on",
            );
        }
        for port in [80, 443, 1024, 8443] {
            let url = format!("https://school.example:{port}/");
            assert!(check(Some(webhook_body(&url)), &settings(PlainHttp::Refused)).is_ok(), "{port}");
        }
    }

    #[test]
    fn an_address_that_is_written_as_one_of_this_network_is_refused_at_once() {
        for url in [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f.0.0.1/",
            "https://0177.0.0.1/",
            "https://169.254.169.254/latest/meta-data",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://0.0.0.0/",
            "https://１２７.0.0.1/",
        ] {
            check_refused(url, "must be an address of the public internet");
        }
    }
}
