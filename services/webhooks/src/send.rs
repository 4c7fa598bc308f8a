//! One message on its way: a POST whose answer's status is all that counts.

use std::{error::Error as StdError, net::IpAddr, sync::Arc};

use model::{AddressRule, Timestamp};
use reqwest::{Client, StatusCode, header, redirect::Policy};
use url::{Host, Url};

use crate::{
    Lookup, Settings,
    resolve::{NotPublic, PublicOnly},
    secret::Secret,
};

/// A message to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id, the same each time that it is sent.
    pub id: String,
    /// What it says, in JSON.
    pub body: Vec<u8>,
}

/// Why a message did not arrive, as far as is known here.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The address is none.
    #[error("the address cannot be read")]
    BadAddress,
    /// It is not to be called.
    #[error("the address is not public, and no network that webhooks.allowed_networks names has it")]
    NotAllowed,
    /// There was no answer.
    #[error("there was no answer")]
    NoAnswer(#[source] reqwest::Error),
    /// The answer was no success. A redirection is none: it is not followed.
    #[error("the answer was {0}")]
    Status(u16),
}

impl Failure {
    /// Whether sending it again is pointless.
    pub const fn is_final(&self) -> bool {
        match self {
            // 410 Gone: whoever was there wants no more.
            Self::BadAddress | Self::NotAllowed | Self::Status(410) => true,
            Self::NoAnswer(_) | Self::Status(_) => false,
        }
    }

    /// Its name in metrics.
    pub(crate) const fn as_str(&self) -> &'static str {
        match self {
            Self::BadAddress | Self::NotAllowed => "not_allowed",
            Self::NoAnswer(_) => "no_answer",
            Self::Status(_) => "status",
        }
    }
}

/// Sends messages.
#[derive(Debug, Clone)]
pub struct Sender {
    client: Client,
    secret: Secret,
    addresses: AddressRule,
}

impl Sender {
    /// One that asks this lookup for the addresses of names.
    pub fn new(settings: &Settings, lookup: Arc<dyn Lookup>) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .user_agent(concat!("coderunner/", env!("CARGO_PKG_VERSION")))
            .timeout(settings.timeout)
            .connect_timeout(settings.timeout)
            // Nobody else decides where to a request goes: no answer, no variable of the environment, no earlier connection.
            .redirect(Policy::none())
            .no_proxy()
            .pool_max_idle_per_host(0)
            .dns_resolver(Arc::new(PublicOnly::new(lookup, settings.addresses.clone())))
            .build()?;
        Ok(Self { client, secret: settings.secret.clone(), addresses: settings.addresses.clone() })
    }

    /// Sends a message; the error is that it may not have arrived.
    pub async fn send(&self, url: &str, message: &Message, now: Timestamp) -> Result<(), Failure> {
        let url = Url::parse(url).map_err(|_| Failure::BadAddress)?;
        self.check_literal(&url)?;
        let seconds = now.as_millis().div_euclid(1000);
        let request = self
            .client
            .post(url)
            .header(header::CONTENT_TYPE, "application/json")
            .header("webhook-id", &message.id)
            .header("webhook-timestamp", seconds)
            .header("webhook-signature", self.secret.sign(&message.id, seconds, &message.body))
            .body(message.body.clone());
        // What else is in the answer is not read: its connection ends with it.
        let answer = request.send().await.map_err(failure)?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            status => Err(Failure::Status(StatusCode::as_u16(&status))),
        }
    }

    /// An address that is no name is not resolved, so it is looked at here.
    fn check_literal(&self, url: &Url) -> Result<(), Failure> {
        let address = match url.host().ok_or(Failure::BadAddress)? {
            Host::Domain(_) => return Ok(()),
            Host::Ipv4(address) => IpAddr::V4(address),
            Host::Ipv6(address) => IpAddr::V6(address),
        };
        if self.addresses.permits(address) { Ok(()) } else { Err(Failure::NotAllowed) }
    }
}

fn failure(error: reqwest::Error) -> Failure {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(&error);
    while let Some(one) = cause {
        if one.is::<NotPublic>() {
            return Failure::NotAllowed;
        }
        cause = one.source();
    }
    // The address may have something secret in it.
    Failure::NoAnswer(error.without_url())
}
