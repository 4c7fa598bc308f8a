//! Lua scripts: each operation of the queue is one script, so it is atomic and takes one round trip.

use std::sync::LazyLock;

use redis::Script;

/// A script with the common prelude and shared parts.
macro_rules! script {
    ($name:ident, $($file:literal),+) => {
        pub(super) static $name: LazyLock<Script> = LazyLock::new(|| {
            Script::new(concat!(include_str!("lua/common.lua"), $(include_str!(concat!("lua/", $file))),+))
        });
    };
}

script!(ENQUEUE, "enqueue.lua");
script!(CLAIM, "claim.lua");
script!(RENEW, "renew.lua");
script!(HEARTBEAT, "heartbeat.lua");
script!(SETTLE, "settle.lua");
script!(ABANDON, "abandon.lua");
script!(CANCEL, "inbox.lua", "cancel.lua");
script!(SEND, "inbox.lua", "send.lua");
script!(READ_INBOX, "read_inbox.lua");
script!(CLOSE_INBOX, "close_inbox.lua");
script!(POSITION, "position.lua");
script!(TICKETS, "tickets.lua");
script!(LEAD, "lead.lua");
script!(EXPIRE, "events.lua", "list_expired_leases.lua");
script!(STATS, "stats.lua");
script!(PUBLISH, "events.lua", "publish.lua");
