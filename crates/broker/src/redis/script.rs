//! The scripts: each operation of the queue is one of them, so it is atomic and takes one round trip.

use std::sync::LazyLock;

use redis::Script;

/// A script behind what all begin with, and what some share.
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
script!(ROLL, "roll.lua");
script!(SETTLE, "settle.lua");
script!(ABANDON, "abandon.lua");
script!(CANCEL, "inbox.lua", "cancel.lua");
script!(SAY, "inbox.lua", "say.lua");
script!(HEAR, "hear.lua");
script!(DEAF, "deaf.lua");
script!(POSITION, "position.lua");
script!(TICKETS, "tickets.lua");
script!(LEAD, "lead.lua");
script!(TICK, "events.lua", "tick.lua");
script!(STATS, "stats.lua");
script!(PUBLISH, "events.lua", "publish.lua");
