//! HTTP sender: one signed POST for each try; only the status of the response counts.

use std::{error::Error as StdError, net::IpAddr, sync::Arc};

use model::{AddressRule, Timestamp};
use reqwest::{Client, StatusCode, header, redirect::Policy};
use url::{Host, Url};

use crate::{
    HostResolver, Settings,
    resolver::{AddressNotAllowed, FilteringResolver},
    secret::Secret,
};

/// A message to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id, the same for every try.
    pub id: String,
    /// The JSON body.
    pub body: Vec<u8>,
}

/// Why a try failed. The message may have arrived all the same.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The stored URL does not parse.
    #[error("the address cannot be read")]
    BadAddress,
    /// The address is not permitted.
    #[error("the address is not public, and no network that webhooks.allowed_networks names has it")]
    NotAllowed,
    /// No response within the timeout.
    #[error("there was no answer")]
    NoAnswer(#[source] reqwest::Error),
    /// The status was not 2xx. Redirects are not followed, so 3xx is a failure.
    #[error("the answer was {0}")]
    Status(u16),
}

impl DeliveryError {
    /// Whether a retry is pointless.
    pub const fn is_final(&self) -> bool {
        match self {
            // 410 Gone: the receiver wants no more messages.
            Self::BadAddress | Self::NotAllowed | Self::Status(410) => true,
            Self::NoAnswer(_) | Self::Status(_) => false,
        }
    }

    /// The reason in the log.
    pub(crate) const fn as_str(&self) -> &'static str {
        match self {
            Self::BadAddress | Self::NotAllowed => "not_allowed",
            Self::NoAnswer(_) => "no_answer",
            Self::Status(_) => "status",
        }
    }
}

/// Sends signed messages.
#[derive(Debug, Clone)]
pub struct Sender {
    client: Client,
    secret: Secret,
    addresses: AddressRule,
}

impl Sender {
    /// A sender that resolves host names with this resolver.
    pub fn new(settings: &Settings, lookup: Arc<dyn HostResolver>) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .user_agent(concat!("coderunner/", env!("CARGO_PKG_VERSION")))
            .timeout(settings.timeout)
            .connect_timeout(settings.timeout)
            // No redirect, no proxy variable and no pooled connection may change the destination of a request.
            .redirect(Policy::none())
            .no_proxy()
            .pool_max_idle_per_host(0)
            .dns_resolver(Arc::new(FilteringResolver::new(lookup, settings.addresses.clone())))
            .build()?;
        Ok(Self { client, secret: settings.secret.clone(), addresses: settings.addresses.clone() })
    }

    /// Sends a message once.
    pub async fn send(&self, url: &str, message: &Message, now: Timestamp) -> Result<(), DeliveryError> {
        let url = Url::parse(url).map_err(|_| DeliveryError::BadAddress)?;
        self.check_ip_literal(&url)?;
        let seconds = now.as_millis().div_euclid(1000);
        let request = self
            .client
            .post(url)
            .header(header::CONTENT_TYPE, "application/json")
            .header("webhook-id", &message.id)
            .header("webhook-timestamp", seconds)
            .header("webhook-signature", self.secret.sign(&message.id, seconds, &message.body))
            .body(message.body.clone());
        // The body is not read: dropping the response closes its connection.
        let answer = request.send().await.map_err(delivery_error)?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            status => Err(DeliveryError::Status(StatusCode::as_u16(&status))),
        }
    }

    /// Checks a URL whose host is an IP address: the client does not pass it to the resolver.
    fn check_ip_literal(&self, url: &Url) -> Result<(), DeliveryError> {
        let address = match url.host().ok_or(DeliveryError::BadAddress)? {
            Host::Domain(_) => return Ok(()),
            Host::Ipv4(address) => IpAddr::V4(address),
            Host::Ipv6(address) => IpAddr::V6(address),
        };
        if self.addresses.permits(address) { Ok(()) } else { Err(DeliveryError::NotAllowed) }
    }
}

fn delivery_error(error: reqwest::Error) -> DeliveryError {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(&error);
    while let Some(error) = cause {
        if error.is::<AddressNotAllowed>() {
            return DeliveryError::NotAllowed;
        }
        cause = error.source();
    }
    // The URL may contain secrets.
    DeliveryError::NoAnswer(error.without_url())
}
