//! Key of device cookies: from a setting, the data folder, or for this start alone.

use anyhow::Context as _;
use gateway::{DeviceKey, GatewaySettings};

use crate::config::{Config, Engines};

/// Its file in the data folder.
const FILE: &str = "device.key";

/// Gives the limits a key, unless there are none, or the key is a setting.
pub(super) fn provide(settings: &mut GatewaySettings, config: &Config) -> anyhow::Result<()> {
    let Some(limits) = settings.limits.as_mut().filter(|limits| limits.device_key.is_none()) else {
        return Ok(());
    };
    limits.device_key = Some(match config.engines() {
        Engines::Embedded => DeviceKey::new(store::server_key(&config.data, FILE)?),
        // No data folder is this gateway's own.
        Engines::None | Engines::Shared { .. } => {
            tracing::warn!(
                "gateway.device_secret is not set: browsers are counted by address again after a restart of this gateway, and \
                 other gateways do not know their cookies"
            );
            DeviceKey::generate().context("a key for device cookies cannot be made")?
        }
    });
    Ok(())
}
