//! Device cookie: a signed random id by which browsers behind one address are counted apart.
//!
//! It authorizes nothing. A forged, altered or expired cookie counts as none, and its client is counted by address.
//! The value is `v1.ID.SECONDS.SIGNATURE`: 128 random bits, the Unix time of issue, and an HMAC-SHA256 of both.

use std::{fmt, time::Duration};

use axum::http::{HeaderMap, HeaderValue, header};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use model::Timestamp;
use sha2_of_hmac::{Digest as _, Sha256};

use crate::client_address::FORWARDED_SCHEME;

const NAME: &str = "device";
const VERSION: &str = "v1";
/// Half a year: longer than the holidays of a school.
const MAX_AGE: Duration = Duration::from_hours(24 * 180);
/// Age from which a page renews the cookie of its device.
const RENEWED_AFTER: Duration = Duration::from_hours(24 * 30);
/// Clocks of several gateways differ by less.
const MAX_CLOCK_SKEW: Duration = Duration::from_mins(5);
const ID_BYTES: usize = 16;

/// The key that signs device cookies, the same in all gateways of an installation. `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct DeviceKey([u8; Self::BYTES]);

impl DeviceKey {
    /// Its length in bytes.
    pub const BYTES: usize = 32;

    /// The key with these bytes.
    pub const fn new(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// The key of this secret, which must not be guessable.
    pub fn of_secret(secret: &str) -> Self {
        Self(Sha256::digest(secret).into())
    }

    /// A random key, for one process.
    ///
    /// # Errors
    /// The kernel has no randomness.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; Self::BYTES];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    fn mac(&self, signed: &str) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(format!("device.{signed}").as_bytes());
        mac
    }
}

impl fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceKey(hidden)")
    }
}

/// A browser, as its cookie identifies it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Device {
    id: String,
    issued_seconds: i64,
}

impl Device {
    /// A device that has no cookie yet.
    pub(crate) fn generate(now: Timestamp) -> Result<Self, getrandom::Error> {
        let mut id = [0; ID_BYTES];
        getrandom::fill(&mut id)?;
        Ok(Self { id: URL_SAFE_NO_PAD.encode(id), issued_seconds: seconds(now) })
    }

    /// The device of the first valid cookie of a request.
    pub(crate) fn of_request(headers: &HeaderMap, key: &DeviceKey, now: Timestamp) -> Option<Self> {
        let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let cookies =
            values.flat_map(|value| value.split(';')).filter_map(|cookie| cookie.trim().split_once('='));
        cookies.filter(|(name, _)| *name == NAME).find_map(|(_, value)| Self::verify(value, key, now))
    }

    fn verify(value: &str, key: &DeviceKey, now: Timestamp) -> Option<Self> {
        let (signed, signature) = value.rsplit_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        key.mac(signed).verify_slice(&signature).ok()?;
        let (id, issued) = signed.strip_prefix(VERSION)?.strip_prefix('.')?.split_once('.')?;
        let device = Self { id: id.to_owned(), issued_seconds: issued.parse().ok()? };
        let is_from_future = -device.age_seconds(now) > whole_seconds(MAX_CLOCK_SKEW);
        let is_expired = device.age_seconds(now) > whole_seconds(MAX_AGE);
        (!is_from_future && !is_expired).then_some(device)
    }

    /// The caller in the limiter.
    pub(crate) fn caller_key(&self) -> String {
        format!("device:{}", self.id)
    }

    /// The same device with a later end, if its cookie has become old.
    pub(crate) fn renewed(&self, now: Timestamp) -> Option<Self> {
        let is_old = self.age_seconds(now) > whole_seconds(RENEWED_AFTER);
        is_old.then(|| Self { id: self.id.clone(), issued_seconds: seconds(now) })
    }

    /// The value of `Set-Cookie` in the response to this request. Scripts cannot read the cookie, and other sites do not
    /// send it with their requests.
    pub(crate) fn set_cookie(&self, key: &DeviceKey, request: &HeaderMap) -> HeaderValue {
        let signed = format!("{VERSION}.{}.{}", self.id, self.issued_seconds);
        let signature = URL_SAFE_NO_PAD.encode(key.mac(&signed).finalize().into_bytes());
        let is_secure = request.get(FORWARDED_SCHEME).is_some_and(|scheme| scheme == "https");
        let secure = if is_secure { "; Secure" } else { "" };
        let age = MAX_AGE.as_secs();
        let cookie =
            format!("{NAME}={signed}.{signature}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}");
        HeaderValue::try_from(cookie).expect("base64 and numbers are visible ASCII")
    }

    const fn age_seconds(&self, now: Timestamp) -> i64 {
        seconds(now) - self.issued_seconds
    }
}

const fn seconds(time: Timestamp) -> i64 {
    time.as_millis().div_euclid(1000)
}

const fn whole_seconds(time: Duration) -> i64 {
    time.as_secs().cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: DeviceKey = DeviceKey::new([7; DeviceKey::BYTES]);
    const NOW: Timestamp = Timestamp::from_millis(1_796_000_000_000);

    fn later(days: i64) -> Timestamp {
        Timestamp::from_millis(NOW.as_millis() + days * 86_400_000)
    }

    /// What a browser sends after this header.
    fn sent(set_cookie: &HeaderValue) -> String {
        set_cookie.to_str().expect("text").split(';').next().expect("a cookie").to_owned()
    }

    fn cookie() -> (Device, String) {
        let device = Device::generate(NOW).expect("randomness");
        let cookie = sent(&device.set_cookie(&KEY, &HeaderMap::new()));
        (device, cookie)
    }

    fn read(cookies: &str, key: &DeviceKey, now: Timestamp) -> Option<Device> {
        let headers = HeaderMap::from_iter([(header::COOKIE, cookies.parse().expect("a value"))]);
        Device::of_request(&headers, key, now)
    }

    #[test]
    fn a_device_is_recognised_by_its_cookie_until_it_expires() {
        let (device, cookie) = cookie();
        assert_eq!(read(&format!("lang=de; {cookie}"), &KEY, later(179)), Some(device.clone()));
        assert_eq!(read(&format!("device=forged; {cookie}"), &KEY, NOW), Some(device));
        assert_eq!(read(&cookie, &KEY, later(181)), None);
        assert_eq!(read(&cookie, &KEY, later(-1)), None, "from the future");
    }

    #[test]
    fn a_forged_or_altered_cookie_is_none() {
        let (device, cookie) = cookie();
        let (signed, signature) = cookie.rsplit_once('.').expect("a signature");
        assert_eq!(read(&cookie, &DeviceKey::new([8; DeviceKey::BYTES]), NOW), None, "another key");
        for forged in [
            format!("device=v1.{}A.{}.{signature}", device.id, device.issued_seconds),
            format!("device=v1.{}.{}.{signature}", device.id, device.issued_seconds + 1),
            format!("{signed}."),
            signed.to_owned(),
            format!("{signed}.{}", &signature[..20]),
            format!("{cookie}A"),
            "device=".to_owned(),
            "device=v1...".to_owned(),
            cookie.replace("device=", "other="),
        ] {
            assert_eq!(read(&forged, &KEY, NOW), None, "{forged}");
        }
    }

    #[test]
    fn a_cookie_is_renewed_after_a_month_for_the_same_device() {
        let (device, _) = cookie();
        assert_eq!(device.renewed(later(29)), None);
        let renewed = device.renewed(later(31)).expect("it is old");
        assert_eq!(renewed.caller_key(), device.caller_key());
        let cookie = sent(&renewed.set_cookie(&KEY, &HeaderMap::new()));
        assert_eq!(read(&cookie, &KEY, later(200)), Some(renewed));
    }

    #[test]
    fn only_servers_can_read_the_cookie_and_over_https_only_encrypted() {
        let (device, _) = cookie();
        let plain = device.set_cookie(&KEY, &HeaderMap::new());
        let plain = plain.to_str().expect("text");
        assert!(plain.contains("; HttpOnly; SameSite=Lax") && !plain.contains("Secure"), "{plain}");
        let https = HeaderMap::from_iter([(FORWARDED_SCHEME, HeaderValue::from_static("https"))]);
        assert!(device.set_cookie(&KEY, &https).to_str().expect("text").ends_with("; Secure"));
        assert_eq!(format!("{KEY:?}"), "DeviceKey(hidden)");
    }
}
